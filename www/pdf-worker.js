// Takes the text out of a PDF, in a worker and by a program of its own: a file that breaks it, or makes it go on for
// ever, costs neither the page nor what runs in it. The page ends this worker after one file.
const PROGRAM = new URL('tachikoma-pdf', import.meta.url).href;

onmessage = async ({ data: [bytes, most] }) => {
  try {
    // Without a hash in its name, as the whole app (boot.js): asked for anew.
    const program = fetch(`${PROGRAM}_bg.wasm`, { cache: 'no-cache' });
    program.catch(() => {});
    await fetch(`${PROGRAM}.js`, { cache: 'no-cache' });
    const { default: init, read } = await import(`${PROGRAM}.js`);
    try {
      await init({ module_or_path: program });
    } catch {
      return postMessage('cannot be read: that part of this page did not load. Check the connection, then try again.');
    }
    postMessage(read(bytes, most));
  } catch (error) {
    // Words of the program's own, or a sign that it broke.
    postMessage(typeof error === 'string' ? error : 'is a PDF that is damaged. Save or export it anew.');
  }
};
