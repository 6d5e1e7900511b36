// Keeps a page as the server sees it. Every message is a list of [id, html]: the element that
// replaces the one with that id; null: it is gone. Nothing is rendered here.
'use strict';

const address = document.body.dataset.live;
const connection = document.getElementById('connection');
let source;

function put(id, html) {
  const old = document.getElementById(id);
  if (html === null) return old?.remove();
  const template = document.createElement('template');
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  if (!old) return document.getElementById(fresh.dataset.into)?.prepend(fresh);
  for (const details of old.querySelectorAll('details[id]')) {
    const same = fresh.querySelector('#' + CSS.escape(details.id));
    if (same) same.open = details.open;
  }
  for (const field of old.querySelectorAll('input[id]')) {
    const same = fresh.querySelector('#' + CSS.escape(field.id));
    if (same) same.value = field.value;
  }
  const scrolled = [...old.querySelectorAll('.scroll')].map((it) => [it.id, it.scrollLeft]);
  const focused = old.contains(document.activeElement) && document.activeElement.id;
  old.replaceWith(fresh);
  for (const [id, left] of scrolled) document.getElementById(id).scrollLeft = left;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function take(message) {
  const parts = JSON.parse(message.data);
  if (message.type === 'whole') {
    const ids = new Set(parts.map(([id]) => id));
    for (const row of document.querySelectorAll('[data-into]')) if (!ids.has(row.id)) row.remove();
  }
  // The newest come first, and each new one goes to the top.
  for (const [id, html] of parts.reverse()) put(id, html);
  tick();
}

function tell(state, text) {
  connection.dataset.state = state;
  connection.textContent = text;
}

function connect() {
  source?.close();
  if (document.hidden) return; // A browser has few connections for each host.
  source = new EventSource(address);
  source.onopen = () => tell('on', 'Live');
  source.onerror = () => {
    tell('off', 'Connecting…');
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
  };
  source.addEventListener('whole', take);
  source.addEventListener('parts', take);
}

function lasted(ms) {
  const s = Math.floor(ms / 1000);
  const two = (a, unit, b, small) => `${Math.floor(a)} ${unit} ${Math.floor(b)} ${small}`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(s / 60, 'min', s % 60, 's');
  if (s < 86400) return two(s / 3600, 'h', (s / 60) % 60, 'min');
  return two(s / 86400, 'd', (s / 3600) % 24, 'h');
}

function tick() {
  for (const it of document.querySelectorAll('[data-since]'))
    it.textContent = lasted(Math.max(0, Date.now() - it.dataset.since));
  for (const it of document.querySelectorAll('[data-until]'))
    it.textContent = lasted(Math.max(0, it.dataset.until - Date.now()));
}

if (address) {
  connect();
  document.addEventListener('visibilitychange', connect);
  setInterval(tick, 1000);
}
