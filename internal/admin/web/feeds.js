import {$, el, list, say, show, updated} from './dom.js';
import {bar, spark} from './chart.js';
import {ago, bytes, clock, compact, count, counted, duration, share} from './format.js';

const history = 119; // seconds in a chart, as many as the status has of rows

const sum = (list, of) => list.reduce((n, x) => n + of(x), 0);

// figure is one number with its name, and what stands under it.
function figure(name, ...more) {
  const value = el('dd', {class: 'value'});
  const under = el('dd', {class: 'under quiet'});
  const box = el('div', {class: 'figure'}, el('dt', {}, name), value, under, ...more);
  return {box, set: (text, below = '') => { say(value, text); say(under, below); }};
}

// feeds draws all feeds. now.at is the time of the status.
export function feeds(status, now) {
  show($('no-feeds'), status.feeds.length === 0);
  list($('feed-list'), status.feeds, (f) => f.name, (f) => feed(f.name, now));
}

function feed(name, now) {
  const id = `feed-${name.replace(/\W/g, '-')}`;
  const versions = el('p', {class: 'versions quiet'});
  const rate = figure('Rows a second');
  const rateChart = spark(history, 'wide');
  const lag = figure('Behind');
  const lagChart = spark(history, 'wide');
  const behind = [];
  const transactions = figure('Transactions');
  const volume = figure('Input');
  const fates = fateTable();
  const parts = partitions(id, now);
  const found = findings(id, now);
  const article = el('article', {class: 'feed', 'aria-labelledby': id},
    el('div', {class: 'line'}, el('h3', {id}, name), versions),
    el('dl', {class: 'figures'}, rate.box, lag.box, transactions.box, volume.box),
    el('div', {class: 'pair'}, fates.box, found.box), parts.box);
  rate.box.append(el('dd', {class: 'chart'}, rateChart));
  lag.box.append(el('dd', {class: 'chart'}, lagChart));
  return updated(article, (f) => {
    const t = f.totals;
    say(versions, versionText(f.program, now));
    const most = Math.max(...f.rows_by_second);
    rate.set(compact(f.rows_per_second), most ? `at most ${compact(most)} in these two minutes` : 'none in these two minutes');
    rateChart.draw(f.rows_by_second, `Rows a second over two minutes: now ${count(f.rows_per_second)}, at most ${count(most)}`);
    const chunks = sum(f.partitions, (p) => p.lag_messages);
    const waited = Math.max(0, ...f.partitions.map((p) => p.lag_seconds));
    behind.push(chunks);
    behind.splice(0, behind.length - history);
    lag.set(counted(chunks, 'chunk'), chunks ? `the oldest waits for ${duration(waited)}` : 'nothing waits');
    lagChart.draw(behind, `Chunks behind since this page was opened: now ${count(chunks)}, at most ${count(Math.max(...behind))}`);
    transactions.set(count(t.transactions), f.last_commit
      ? `${t.rolled_back ? `${count(t.rolled_back)} aborted` : 'none aborted'}; the last took ${duration(f.last_transaction_seconds)}, ${ago(f.last_commit, now.at)}`
      : `none committed yet${t.rolled_back ? `, ${count(t.rolled_back)} aborted` : ''}`);
    volume.set(bytes(t.bytes_in), `became ${bytes(t.bytes_out)} of output`);
    fates.update(t);
    parts.update(f);
    found.update(f);
  });
}

// versionText names contract, model and reference sets: "contract 3 · customers c0ffee (12,000 rows) · in force for 2 h".
function versionText(p, now) {
  if (!p) return 'no contract in force yet';
  const [contract, ...others] = p.version.split(' ');
  const named = others.map((o) => {
    const [name, version] = o.split('=');
    const set = p.refs?.find((r) => r.set === name);
    return `${name} ${version}${set ? ` (${counted(set.rows, 'row')})` : ''}`;
  });
  return [`contract ${contract.slice(contract.lastIndexOf('@') + 1)}`, ...named, `in force for ${duration(Math.max(0, Math.floor((now.at - Date.parse(p.since)) / 1000)))}`].join(' · ');
}

// fateTable shows what became of rows and chunks, in numbers and as one bar.
function fateTable() {
  const drawn = bar(['scored', 'flagged', 'dead']);
  const cell = () => el('td', {class: 'number'});
  const rows = [['scored', 'Scored'], ['flagged', 'Scored, with findings'], ['dead', 'Refused']].map(([kind, title]) => {
    const [n, of] = [cell(), cell()];
    return {n, of, row: el('tr', {}, el('th', {scope: 'row'}, el('span', {class: `key ${kind}`, 'aria-hidden': 'true'}), title), n, of)};
  });
  const chunks = el('p', {class: 'quiet'});
  const box = el('section', {class: 'part'}, el('h4', {}, 'Fates of rows'), drawn,
    el('table', {class: 'fates'}, el('thead', {class: 'hidden'}, el('tr', {}, el('th', {scope: 'col'}, 'Fate'), el('th', {scope: 'col'}, 'Rows'), el('th', {scope: 'col'}, 'Share'))),
      el('tbody', {}, ...rows.map((r) => r.row))), chunks);
  return {box, update: (t) => {
    const numbers = [t.rows_scored - t.rows_flagged, t.rows_flagged, t.rows_dead];
    drawn.draw(numbers);
    numbers.forEach((n, i) => {
      say(rows[i].n, count(n));
      say(rows[i].of, share(n, t.rows));
    });
    say(chunks, `${counted(t.rows, 'row')} in ${counted(t.chunks, 'chunk')}, ${t.chunks_dead ? `${counted(t.chunks_dead, 'chunk')} refused whole` : 'no chunk refused whole'}` +
      (t.tombstones ? `, ${counted(t.tombstones, 'empty message')} skipped` : ''));
  }};
}

function partitions(id, now) {
  const body = el('tbody');
  const caption = `${id}-partitions`;
  const none = el('p', {class: 'quiet'});
  const table = el('table', {class: 'partitions'},
    el('thead', {}, el('tr', {},
      el('th', {scope: 'col'}, 'Partition'), el('th', {scope: 'col', class: 'number wide-only'}, 'Lane'), el('th', {scope: 'col', class: 'number wide-only'}, 'Position'),
      el('th', {scope: 'col', class: 'number'}, 'Behind'), el('th', {scope: 'col', class: 'number'}, 'Waits'),
      el('th', {scope: 'col', class: 'number'}, 'Chunks/s'), el('th', {scope: 'col', class: 'charts'}, 'Throughput', el('span', {class: 'wide-only'}, ', lag')))), body);
  const scroll = el('div', {class: 'scroll', role: 'region', tabindex: '0', 'aria-labelledby': caption}, table);
  const box = el('section', {class: 'part'}, el('h4', {id: caption}, 'Partitions'), none, scroll);
  return {box, update: (f) => {
    say(none, f.assigned == null ? 'The group has given no partitions yet.' : f.assigned === 0 ? 'Other processes have all partitions.' : '');
    show(none, none.textContent !== '');
    show(scroll, f.partitions.length > 0);
    list(body, f.partitions, (p) => `${p.topic}/${p.partition}`, (p) => partition(p, now));
  }};
}

// partition is a row of the table. How fast a partition goes is worked out here, from one status to the next.
function partition(first, now) {
  const [lane, position] = [el('td', {class: 'number wide-only'}), el('td', {class: 'number wide-only'})];
  const [behind, waits, speed] = [1, 2, 3].map(() => el('td', {class: 'number'}));
  const [speeds, lags] = [[], []];
  const [speedChart, lagChart] = [spark(60), spark(60, 'lag')];
  let last = null;
  const row = el('tr', {}, el('th', {scope: 'row'}, `${first.topic}/${first.partition}`), lane, position, behind, waits, speed,
    el('td', {class: 'charts'}, speedChart, lagChart));
  return updated(row, (p) => {
    const perSecond = last && now.at > last.at ? Math.max(0, (1000 * (p.position - last.position)) / (now.at - last.at)) : 0;
    last = {at: now.at, position: p.position};
    speeds.push(perSecond);
    lags.push(p.lag_messages);
    for (const l of [speeds, lags]) l.splice(0, l.length - 60);
    row.classList.toggle('late', p.lag_seconds >= 10);
    say(lane, String(p.lane));
    say(position, count(p.position));
    say(behind, count(p.lag_messages));
    say(waits, p.lag_messages ? duration(p.lag_seconds) : '–');
    say(speed, perSecond < 10 ? String(Math.round(perSecond * 10) / 10) : count(perSecond));
    speedChart.draw(speeds, `Chunks a second in the last minute: at most ${count(Math.max(...speeds))}`);
    lagChart.draw(lags, `Chunks behind in the last minute: at most ${count(Math.max(...lags))}`);
  });
}

function findings(id, now) {
  const none = el('p', {class: 'quiet'}, 'Nothing odd has been found since the process began.');
  const items = el('div', {class: 'findings'});
  const box = el('section', {class: 'part'}, el('h4', {}, 'Findings'), none, items);
  return {box, update: (f) => {
    show(none, f.findings.length === 0);
    list(items, f.findings, (x) => x.code, () => finding(now));
  }};
}

// finding is what was found of one code: its fields, and the last examples, which are masked where the contract says so.
function finding(now) {
  const [code, rows, where] = [el('span', {class: 'code'}), el('span', {class: 'number'}), el('span', {class: 'quiet where'})];
  const fields = el('tbody');
  const examples = el('ul', {class: 'examples'});
  const fieldTable = el('table', {class: 'fields'}, el('thead', {}, el('tr', {}, el('th', {scope: 'col'}, 'Column or rule'), el('th', {scope: 'col', class: 'number'}, 'Rows'))), fields);
  const details = el('details', {}, el('summary', {}, code, rows, where), el('div', {class: 'inside'}, fieldTable, examples));
  return updated(details, (x) => {
    const named = x.fields.filter((f) => f.field);
    say(code, x.code);
    say(rows, count(x.rows));
    say(where, named.length ? named.slice(0, 4).map((f) => f.field).join(', ') + (named.length > 4 ? ` and ${named.length - 4} more` : '') : x.examples[0]?.message ?? '');
    show(fieldTable, named.length > 0);
    list(fields, named, (f) => f.field, (f) => {
      const n = el('td', {class: 'number'});
      return updated(el('tr', {}, el('th', {scope: 'row'}, f.field), n), (f) => say(n, count(f.rows)));
    });
    list(examples, x.examples, (e) => [e.topic, e.partition, e.offset, e.row, e.field].join('/'), (e) => {
      const since = el('span', {class: 'quiet'});
      return updated(el('li', {},
        el('p', {}, e.message, ' ', e.value === '' ? null : el('code', {class: 'got'}, e.value)),
        el('p', {class: 'quiet'}, exactPlace(e), ' · ', since)), (e) => say(since, `${clock(e.seen)}, ${ago(e.seen, now.at)}`));
    });
  });
}

const exactPlace = (e) => [`${e.topic}/${e.partition} offset ${count(e.offset)}`, e.row == null ? 'the whole chunk' : `row ${count(e.row)}`, e.line == null ? null : `line ${count(e.line)}`]
  .filter(Boolean).join(', ');
