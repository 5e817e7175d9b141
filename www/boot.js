// Starts the application that Trunk built. A file of its own, because the content security policy allows no
// inline script. Trunk writes the hashed names of the two parts into the element below (Trunk.toml).
const { js, wasm } = document.querySelector('meta[name="tachikoma-app"]').dataset;

// Resolved against the page, not against this file: the page may live in any sub-folder.
const address = (path) => new URL(path, document.baseURI).href;

const { default: init } = await import(address(js));
await init({ module_or_path: address(wasm) });
