// The status, once a second. What fails is tried again for ever; the page says since when it has heard nothing.

const every = 1000;
const patience = 5000;

// follow calls heard with each status, and lost(error, times) with each failure; signedOut ends it.
export function follow({heard, lost, signedOut}) {
  let failures = 0;
  let timer;
  async function ask() {
    clearTimeout(timer);
    const began = performance.now();
    try {
      const answer = await fetch('status?history', {signal: AbortSignal.timeout(patience), headers: {Accept: 'application/json'}});
      if (answer.status === 401) return signedOut();
      if (!answer.ok) throw new Error(`/status answers ${answer.status}`);
      const status = await answer.json();
      failures = 0;
      heard(status);
    } catch (error) {
      failures++;
      lost(error, failures);
    }
    if (!document.hidden) timer = setTimeout(ask, Math.max(0, every - (performance.now() - began)));
  }
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) ask();
  });
  ask();
}
