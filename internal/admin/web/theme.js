// The colours that somebody has chosen, before anything is drawn. Without a choice the system's hold.
try {
  const chosen = localStorage.getItem('assay-theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* a browser that keeps nothing keeps no choice */ }
