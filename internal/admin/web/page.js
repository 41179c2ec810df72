import {$, say, show} from './dom.js';
import {feeds} from './feeds.js';
import {clock, duration} from './format.js';
import {health} from './health.js';
import {follow} from './live.js';
import {trial} from './try.js';

const now = {at: 0}; // of the last status, by the server's clock
let heardAt = null; // by ours

follow({
  heard(status) {
    heardAt = new Date();
    now.at = Date.parse(status.started) + 1000 * status.uptime_seconds;
    document.title = `${status.ready ? '' : 'Not ready · '}${status.instance} · assay`;
    say($('process'), [status.instance, `version ${status.version}`, `up for ${duration(Math.floor(status.uptime_seconds))}`].join(' · '));
    link('live', 'Live');
    health(status, now);
    feeds(status, now);
  },
  lost() {
    link('lost', 'Disconnected', heardAt
      ? `No answer since ${clock(heardAt)}. What is shown is as of then; the page asks again each second.`
      : 'The process does not answer yet; the page asks again each second.');
  },
  signedOut() {
    link('lost', 'Signed out', 'This browser is no longer signed in. Load the page again to give the token.');
  },
});

function link(state, word, more = '') {
  document.body.classList.toggle('stale', state === 'lost');
  $('link').dataset.state = state;
  say($('link'), word);
  say($('cut'), more);
  show($('cut'), more !== '');
}

const theme = $('theme');
theme.value = document.documentElement.dataset.theme ?? '';
theme.addEventListener('change', () => {
  if (theme.value) document.documentElement.dataset.theme = theme.value;
  else delete document.documentElement.dataset.theme;
  try {
    if (theme.value) localStorage.setItem('assay-theme', theme.value);
    else localStorage.removeItem('assay-theme');
  } catch { /* it holds for this visit */ }
});

trial();
