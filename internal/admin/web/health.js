import {$, el, list, say, updated} from './dom.js';
import {ago} from './format.js';

const place = (c) => [c.feed, c.topic && (c.partition == null ? c.topic : `${c.topic}/${c.partition}`)].filter(Boolean).join(' · ');

// health draws whether the process does its work, and what is wrong.
export function health(status, now) {
  const wrong = status.conditions;
  const waiting = status.feeds.filter((f) => f.assigned == null).map((f) => f.name);
  const verdict = $('verdict');
  verdict.dataset.state = status.ready ? (wrong.length ? 'warn' : 'good') : 'bad';
  let text = 'Everything works: the process is ready, and nothing is wrong.';
  if (!status.ready && wrong.some((c) => c.blocks)) text = 'Not ready: what is wrong keeps feeds from working.';
  else if (!status.ready && waiting.length) text = `Not ready yet: ${waiting.join(', ')} waits for its first partitions.`;
  else if (!status.ready) text = 'Not ready: the process is starting or stopping.';
  else if (wrong.length) text = 'Ready, with trouble: some of the work waits for somebody.';
  say(verdict, text);
  list($('conditions'), wrong, (c) => `${c.name} ${place(c)}`, () => {
    const name = el('h3', {class: 'code'});
    const where = el('span', {class: 'quiet'});
    const since = el('span', {class: 'quiet since'});
    const meaning = el('p');
    const exactly = el('p', {class: 'exactly'});
    const advice = el('p', {class: 'advice'});
    const item = el('li', {}, el('div', {class: 'line'}, name, where, since), meaning, exactly, advice);
    return updated(item, (c) => {
      item.dataset.blocks = c.blocks;
      say(name, c.name);
      say(where, place(c));
      say(meaning, c.meaning);
      say(exactly, c.text === c.meaning ? '' : c.text);
      say(advice, c.advice);
      say(since, `since ${ago(c.since, now.at)}`.replace('since just now', 'just now').replace(/^since (.*) ago$/, 'for $1'));
    });
  });
}
