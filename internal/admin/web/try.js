import {$, el, show, say} from './dom.js';
import {bytes, count, counted, duration} from './format.js';

// trial sets the panel up, if the process has feeds to try, and the button to sign out.
export async function trial() {
  let known;
  try {
    const answer = await fetch('feeds', {headers: {Accept: 'application/json'}});
    if (!answer.ok) return;
    known = await answer.json();
  } catch {
    return; // the page says that it is cut off; when it is loaded anew the panel comes too
  }
  show($('signout'), known.token);
  if (!known.feeds.length) return;
  show($('trial'), true);
  const text = $('trial-text');
  const choice = $('trial-feed');
  choice.append(...known.feeds.map((f) => el('option', {value: f.name}, f.name)));
  const sample = () => known.feeds.find((f) => f.name === choice.value)?.sample;
  const offer = () => show($('trial-sample'), Boolean(sample()));
  choice.addEventListener('change', offer);
  offer();

  let file = null; // its bytes go as they are: they may be of any character set
  const typed = () => { file = null; };
  async function take(chosen) {
    try {
      file = await firstLines(chosen, known.bytes);
    } catch {
      return fail({title: 'The file cannot be read', detail: `${chosen.name} is not whole, or it cannot be opened.`});
    }
    text.value = new TextDecoder().decode(file.bytes.subarray(0, 64 << 10));
    say($('trial-state'), file.cut ? `The first ${bytes(file.bytes.length)} of ${chosen.name}, which is longer` : `${chosen.name}, ${bytes(file.bytes.length)}`);
    run();
  }
  async function run() {
    const body = file ? file.bytes : new TextEncoder().encode(text.value);
    $('trial-go').disabled = true;
    if (!file) say($('trial-state'), 'Scoring …');
    try {
      const answer = await fetch(`try?feed=${encodeURIComponent(choice.value)}`, {method: 'POST', body, headers: {'Content-Type': 'text/csv'}});
      const said = await answer.json();
      if (!answer.ok) return fail({title: 'This was not scored', detail: said.detail});
      show($('trial-error'), false);
      draw(said);
    } catch {
      fail({title: 'No answer', detail: 'The process did not answer. Nothing was changed; try again when the page is connected.'});
    } finally {
      $('trial-go').disabled = false;
      if ($('trial-state').textContent === 'Scoring …') say($('trial-state'), '');
    }
  }
  $('trial-form').addEventListener('submit', (e) => { e.preventDefault(); run(); });
  $('trial-file').addEventListener('change', (e) => e.target.files[0] && take(e.target.files[0]));
  $('trial-sample').addEventListener('click', () => { typed(); text.value = sample(); say($('trial-state'), ''); text.focus(); });
  $('trial-clear').addEventListener('click', () => {
    typed();
    $('trial-form').reset();
    offer();
    say($('trial-state'), '');
    show($('trial-error'), false);
    show($('trial-result'), false);
    text.focus();
  });
  text.addEventListener('input', () => { typed(); $('trial-file').value = ''; say($('trial-state'), ''); });
  text.addEventListener('keydown', (e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); run(); } });
  const panel = $('trial-form');
  for (const kind of ['dragenter', 'dragover']) panel.addEventListener(kind, (e) => { e.preventDefault(); panel.classList.add('over'); });
  for (const kind of ['dragleave', 'drop']) panel.addEventListener(kind, () => panel.classList.remove('over'));
  panel.addEventListener('drop', (e) => {
    e.preventDefault();
    if (e.dataTransfer.files[0]) take(e.dataTransfer.files[0]);
    else if (e.dataTransfer.getData('text')) { typed(); text.value = e.dataTransfer.getData('text'); run(); }
  });
}

// firstLines gives the file's beginning, whole lines of at most so many bytes. What is compressed with gzip is opened.
async function firstLines(file, most) {
  const head = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  let stream = file.stream();
  if (head[0] === 0x1f && head[1] === 0x8b) stream = stream.pipeThrough(new DecompressionStream('gzip'));
  const reader = stream.getReader();
  const all = new Uint8Array(most + 1);
  let n = 0;
  while (n <= most) {
    const {done, value} = await reader.read();
    if (done) return {bytes: all.slice(0, n), cut: false};
    const part = value.subarray(0, all.length - n);
    all.set(part, n);
    n += part.length;
  }
  reader.cancel();
  const end = all.lastIndexOf(0x0a, most - 1) + 1;
  return {bytes: all.slice(0, end || most), cut: true};
}

function fail({title, detail}) {
  const box = $('trial-error');
  box.replaceChildren(el('strong', {}, title), el('pre', {}, detail));
  show(box, true);
  show($('trial-result'), false);
  box.focus();
}

// draw shows a trial: what became of it in a sentence, then findings, rows, events and letters.
function draw(a) {
  const parts = [a.refused ? refusal(a) : summary(a)];
  if (a.findings.length) {
    const rest = a.findings.slice(10);
    parts.push(section('Findings', a.found > a.findings.length ? `the first ${count(a.findings.length)} of ${count(a.found)}` : count(a.found),
      carets(a.findings.slice(0, 10)), rest.length ? folded([`${count(rest.length)} more`], carets(rest)) : null));
  }
  if (a.table.rows.length) {
    parts.push(section('Scored rows', a.scored > a.table.rows.length ? `the first ${count(a.table.rows.length)} of ${count(a.scored)}` : count(a.scored), table(a.table)));
  }
  parts.push(section('Events', `${count(a.events_in_all)} would be published`, ...a.events.map((e) => folded(eventTitle(e), el('pre', {tabindex: '0'}, JSON.stringify(e.json, null, 2))))));
  if (a.letters.length) {
    parts.push(section('Dead letters', `${count(a.letters_in_all)} would be published`, ...a.letters.map(letter)));
  }
  const box = $('trial-result');
  box.replaceChildren(...parts);
  show(box, true);
  box.focus({preventScroll: true});
  box.scrollIntoView({block: 'nearest'});
}

const facts = (a) => el('p', {class: 'quiet'}, `In ${duration(a.seconds)}, with ${a.version}. Nothing was published.`);

const summary = (a) => el('div', {class: 'outcome'}, el('p', {class: 'headline'},
  `${counted(a.rows, 'row')}: ${count(a.scored)} scored, ${count(a.dead)} refused`, a.flagged ? `; ${count(a.flagged)} of the scored with findings` : ''), facts(a));

const refusal = (a) => el('div', {class: 'outcome refused'},
  el('p', {class: 'headline'}, 'The whole chunk would be refused: ', el('code', {}, a.refused.code)), el('p', {}, a.refused.message), facts(a));

const section = (title, note, ...children) => el('section', {class: 'part'}, el('h3', {}, title, ' ', el('span', {class: 'quiet'}, note)), ...children);

const carets = (findings) => el('ol', {class: 'carets'}, ...findings.map(found));

const folded = (title, ...inside) => el('details', {}, el('summary', {}, ...title), el('div', {class: 'inside'}, ...inside));

const eventTitle = (e) => [el('span', {class: 'code'}, e.output), el('span', {class: 'quiet where'}, eventText(e.json))];

const eventText = (e) => e.message ?? e.status ?? (e.data_quality ? `${counted(e.data_quality.rows_with_invalid_values, 'row')} of ${count(e.rows)} with findings` : '');

// found shows a finding with its line. The mark says the same as the caret to who does not see columns; what is wrong with a
// whole row needs neither.
function found(f) {
  const [before = '', at = '', after = ''] = f.text;
  const gutter = `${f.line} │ `;
  const none = (text) => text === '' || text === '…'; // a long row is cut
  const place = !none(before) || !none(after)
    ? [before, el('mark', {}, at), after, '\n', el('span', {class: 'pointer', 'aria-hidden': 'true'}, ' '.repeat(gutter.length) + before.replace(/[^\t]/g, ' ') + '^'.repeat(Math.max(1, [...at].length)))]
    : [before, at, after];
  return el('li', {class: f.dead ? 'dead' : 'flagged'},
    el('p', {}, el('span', {class: 'code'}, f.code), ' ', f.message),
    f.text.length ? el('pre', {class: 'caret', tabindex: '0', role: 'group', 'aria-label': `Line ${f.line}`}, el('span', {class: 'gutter'}, gutter), ...place) : null,
    f.advice ? el('p', {class: 'advice'}, f.advice) : null);
}

function table(t) {
  const numeric = t.columns.map((_, i) => t.rows.every((r) => r[i] == null || /^-?[\d.]+(e[-+]?\d+)?$/i.test(r[i])));
  const kind = (i) => [numeric[i] && 'number', t.columns[i].added && 'added'].filter(Boolean).join(' ') || null;
  return el('div', {class: 'scroll', role: 'region', tabindex: '0', 'aria-label': 'Scored rows'}, el('table', {class: 'rows'},
    el('thead', {}, el('tr', {}, ...t.columns.map((c, i) => el('th', {scope: 'col', class: kind(i)}, c.name)))),
    el('tbody', {}, ...t.rows.map((r) => el('tr', {}, ...r.map((v, i) => el('td', {class: kind(i)}, v == null ? el('span', {class: 'quiet'}, 'null') : v)))))));
}

const letter = (l) => folded(
  [el('span', {class: 'code'}, l.code), el('span', {class: 'quiet where'}, l.row == null ? 'the whole chunk' : `line ${count(l.line)}: ${l.message}`)],
  el('pre', {tabindex: '0', 'aria-label': 'Value'}, l.value),
  el('table', {class: 'headers'}, el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Header'), el('th', {scope: 'col'}, 'Value'))),
    el('tbody', {}, ...l.headers.map(([k, v]) => el('tr', {}, el('th', {scope: 'row'}, k), el('td', {}, v))))));
