// Small charts: a line over its area, from the oldest to the newest, and its largest value in words.

const svg = 'http://www.w3.org/2000/svg';

function shape(tag, attributes) {
  const e = document.createElementNS(svg, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  return e;
}

// spark gives a chart of at most so many points, whose draw takes the points and what to call them.
export function spark(most, className = '') {
  const width = most - 1;
  const height = 100;
  const e = shape('svg', {class: `spark ${className}`, viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img'});
  const area = shape('path', {class: 'area'});
  const line = shape('path', {class: 'line', 'vector-effect': 'non-scaling-stroke'});
  e.append(area, line);
  e.draw = (points, label) => {
    points = points.slice(-most);
    const top = Math.max(...points, 0) || 1;
    const first = most - points.length;
    const path = points.map((p, i) => `${first + i},${(height - 2 - (p / top) * (height - 6)).toFixed(1)}`).join('L');
    line.setAttribute('d', points.length > 1 ? `M${path}` : '');
    area.setAttribute('d', points.length > 1 ? `M${first},${height}L${path}L${width},${height}Z` : '');
    if (e.getAttribute('aria-label') !== label) e.setAttribute('aria-label', label);
  };
  return e;
}

// bar gives a bar of shares, each with a class; its draw takes the numbers in the same order.
export function bar(classes) {
  const e = shape('svg', {class: 'bar', viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true'});
  const parts = classes.map((c) => shape('rect', {class: c, y: 0, height: 10}));
  e.append(...parts);
  e.draw = (numbers) => {
    const all = numbers.reduce((a, b) => a + b, 0);
    let x = 0;
    parts.forEach((p, i) => {
      // What is there at all is seen: a share has ten units of a thousand at least.
      const w = numbers[i] === 0 ? 0 : Math.max(10, (1000 * numbers[i]) / all);
      p.setAttribute('x', Math.min(x, 1000 - w));
      p.setAttribute('width', w);
      x += w;
    });
  };
  return e;
}
