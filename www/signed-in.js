// Tells the pages of this origin what the window of a sign-in came back with, and closes it.
//
// By a channel and not through the opener: some providers cut their window loose from the page that opened it. The
// page that gave the word in `state` along answers; any other leaves it alone. What can be traded for a key is taken
// out of the address at once, and is of no use without the secret that the page keeps.
const query = new URLSearchParams(location.search);
history.replaceState(null, '', location.pathname);

const told = Object.fromEntries(['state', 'code', 'error'].map((name) => [name, query.get(name) ?? '']));
const say = (text) => {
  document.getElementById('standing').textContent = text;
};

const channel = new BroadcastChannel('tachikoma-sign-in');
const late = setTimeout(() => {
  say('No page waits for this sign-in, so nothing was handed over. Close this window, and sign in again from the page.');
}, 3000);
channel.addEventListener('message', ({ data }) => {
  if (!told.state || data?.taken !== told.state) return;
  clearTimeout(late);
  say('Handed over. You can close this window.');
  window.close();
});
channel.postMessage(told);
