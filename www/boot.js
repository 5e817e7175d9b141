// Starts the page. A file of its own, because the content security policy allows no inline script.
//
// The page comes in two parts. The first is the form, and small; Trunk writes the hashed names of its files into
// the element below (Trunk.toml). The second is the whole app, fetched when somebody begins to do something, and
// at once at the address of anything but the form.
const { js, wasm } = document.querySelector('meta[name="tachikoma-app"]').dataset;
const WHOLE = 'tachikoma-whole';
const LOOK = 'pages.css';

// Resolved against the page, not against this file: the page may live in any sub-folder.
const address = (path) => new URL(path, document.baseURI).href;

// The second part has no hash in its name: asked for anew, so that all its files are of the same build.
const fresh = async (path) => {
  const answer = await fetch(address(path), { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
};

let whole;
const rest = () => (whole ??= fetchRest().catch((error) => {
  whole = undefined;
  throw error;
}));

async function fetchRest() {
  const program = fresh(`${WHOLE}_bg.wasm`);
  program.catch(() => {});
  await Promise.all([fresh(`${WHOLE}.js`), fresh(LOOK)]);
  await styled();
  const { default: init, open } = await import(address(`${WHOLE}.js`));
  await init({ module_or_path: program });
  return open;
}

// Its look is there before it is shown.
function styled() {
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: address(LOOK) });
  return new Promise((done, failed) => {
    link.onload = done;
    link.onerror = () => {
      link.remove();
      failed(new Error(LOOK));
    };
    document.head.append(link);
  });
}

if (!['', '#', '#/'].includes(location.hash)) {
  (await rest())();
} else {
  const { default: init, open } = await import(address(js));
  await init({ module_or_path: address(wasm) });
  open(rest);
  // Whoever touches the page will want it soon: it is there by the time they have decided.
  for (const sign of ['pointerdown', 'keydown']) {
    addEventListener(sign, () => rest().catch(() => {}), { once: true });
  }
}
