// Numbers, times and places as people read them.

const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
const short = new Intl.NumberFormat('en', {notation: 'compact', maximumFractionDigits: 1});

export const count = (n) => whole.format(n);
export const compact = (n) => (Math.abs(n) < 10000 ? whole.format(n) : short.format(n));
export const counted = (n, one, many = one + 's') => `${count(n)} ${n === 1 ? one : many}`;

export function bytes(n) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let i = 0;
  for (; n >= 1000 && i < units.length - 1; i++) n /= 1000;
  return `${i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}

// duration gives a time in seconds in at most two units.
export function duration(s) {
  if (s > 0 && s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 10) return `${Number.isInteger(s) ? s : s.toFixed(1)} s`;
  const steps = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const at = steps.findIndex(([size]) => s >= size);
  const [size, unit] = steps[at];
  const first = `${Math.floor(s / size)} ${unit}`;
  const next = steps[at + 1];
  const rest = next ? Math.floor((s % size) / next[0]) : 0;
  return rest > 0 ? `${first} ${rest} ${next[1]}` : first;
}

// ago takes the server's own clock: the browser's may be wrong.
export const ago = (at, now) => {
  const s = (now - Date.parse(at)) / 1000;
  return s < 1 ? 'just now' : `${duration(Math.floor(s))} ago`;
};

export const clock = (at) => new Date(at).toLocaleTimeString('en-GB');

export const share = (part, all) => {
  const p = (100 * part) / all;
  if (!all || !part) return '0 %';
  return p < 0.1 ? '< 0.1 %' : p > 99.9 && part < all ? '> 99.9 %' : `${p < 10 ? p.toFixed(1) : Math.round(p)} %`;
};
