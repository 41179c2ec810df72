// Elements, and lists of them that change in place: whoever has the focus on one, or has opened it, keeps it.

export function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) e.setAttribute(name, '');
    else if (value !== false && value != null) e.setAttribute(name, value);
  }
  e.append(...children.filter((c) => c != null));
  return e;
}

export const $ = (id) => document.getElementById(id);

// say sets a text if it is another one: what has not changed is not read out again.
export function say(e, text) {
  if (e.textContent !== text) e.textContent = text;
}

export function show(e, on) {
  if (e.hidden === on) e.hidden = !on;
}

// list makes the children of parent those of items, one each, known by key. make gives a new one, with a function update.
export function list(parent, items, key, make) {
  const old = new Map([...parent.children].map((c) => [c.dataset.key, c]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const k = String(key(item));
    let e = old.get(k);
    old.delete(k);
    if (!e) {
      e = make(item);
      e.dataset.key = k;
    }
    if (e === at) at = at.nextElementSibling;
    else parent.insertBefore(e, at);
    e.update(item);
  }
  for (const e of old.values()) e.remove();
}

// with gives an element a function update.
export function updated(e, update) {
  e.update = update;
  return e;
}
