// What every journey stands on: a page that is watched, and servers to talk to.
//
// Use `test` and `expect` from here. A journey fails when the page logs an error, throws, breaks its content
// security policy, or asks an origin that is neither its own nor one of the servers of the journey.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test as base, expect } from '@playwright/test';

/** Starts a program that prints `WORD ADDRESS …` when it is ready and ends when its input closes. */
async function launch(program, args, word) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const address = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended (${code}) before it was ready`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [first, second] = line.split(' ');
      if (first === word && second) resolve(second);
    });
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.stdin.end();
    const patience = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(patience);
  };
  return { address, stop };
}

export const test = base.extend({
  /** Patterns of console errors that a journey provokes on purpose. */
  expectedErrors: [[], { option: true }],

  /** Origins other than the page's that this journey may talk to. Filled by the server fixtures and by journeys. */
  allowedOrigins: async ({}, use) => {
    await use(new Set());
  },

  /** Whatever the page did that it must not do; checked at the end of every journey, in every page of it. */
  watched: [
    async ({ context, baseURL, allowedOrigins, expectedErrors }, use) => {
      const faults = [];
      const own = new URL(baseURL).origin;
      const complain = (text) => {
        if (!expectedErrors.some((pattern) => pattern.test(text))) faults.push(text);
      };
      context.on('console', (message) => {
        if (message.type() === 'error') complain(`console: ${message.text()}`);
      });
      context.on('weberror', (error) => complain(`exception: ${error.error()}`));
      context.on('request', (request) => {
        const url = new URL(request.url());
        const isNetwork = url.protocol.startsWith('http') || url.protocol.startsWith('ws');
        if (isNetwork && url.origin !== own && !allowedOrigins.has(url.origin)) {
          faults.push(`request to another origin: ${url.origin}`);
        }
      });
      await use(faults);
      expect(faults, 'the page must not log errors, throw, or talk to strangers').toEqual([]);
    },
    { auto: true },
  ],

  /** The base address of a scripted LLM server of this journey's own. */
  scripted: async ({ allowedOrigins }, use) => {
    const program = process.env.FORGE_SCRIPTED_SERVER_PROGRAM;
    if (!program) throw new Error('FORGE_SCRIPTED_SERVER_PROGRAM names no program; run `cargo xtask test journeys`');
    const server = await launch(program, [], 'listening');
    allowedOrigins.add(new URL(server.address).origin);
    await use(server.address);
    await server.stop();
  },

  /** The base address of an emulator of the providers that we did not write. */
  aimock: async ({ allowedOrigins }, use) => {
    const address = process.env.FORGE_AIMOCK;
    if (!address) throw new Error('FORGE_AIMOCK is no address; run `cargo xtask test journeys`');
    allowedOrigins.add(new URL(address).origin);
    await use(address);
  },

  /** The base addresses of llama-server: one for many at once, and one with a single slot and a key. */
  llama: async ({ allowedOrigins }, use) => {
    const [many, one] = [process.env.FORGE_LLAMA, process.env.FORGE_LLAMA_ONE_SLOT];
    test.skip(!many || !one, 'llama-server is not built; `bash tests/servers/llama-server.sh --build` builds it');
    for (const address of [many, one]) allowedOrigins.add(new URL(address).origin);
    await use({ many, one, key: 'invented-key' });
  },
});

/** Fills in the form: the goal, and exactly these members. */
export async function compose(page, { goal, members }) {
  await page.getByRole('textbox', { name: 'Goal' }).fill(goal);
  const places = page.getByRole('group').filter({ has: page.getByLabel('Provider') });
  while ((await places.count()) < members.length) await page.getByRole('button', { name: 'Add member' }).click();
  while ((await places.count()) > members.length) await places.last().getByRole('button', { name: /^Remove/ }).click();
  for (const [index, { provider, model, name, baseUrl }] of members.entries()) {
    const place = places.nth(index);
    await place.getByLabel('Provider').selectOption(provider);
    await place.getByLabel('Model').fill(model);
    if (baseUrl) await place.getByLabel('Base URL').fill(baseUrl);
    if (name) {
      await place.getByLabel('Name').fill(name);
      await place.getByLabel('Name').blur();
    }
  }
}

/** Starts what the form says. The button stands at two places, of which the width of the window shows one. */
export const start = (page) =>
  page.getByRole('button', { name: 'Start deliberation' }).filter({ visible: true }).first().click();

/** The row of a provider on the page Providers, unfolded. */
export async function unfold(page, label) {
  const service = page.getByRole('region', { name: label, exact: true });
  const folds = service.locator('details');
  if (!(await folds.evaluate((details) => details.open))) await folds.locator('summary').click();
  return service;
}

/** Gives a provider its address, and its key where it has one, on the page Providers. */
export async function provide(page, label, { baseUrl, key }) {
  await page.getByRole('link', { name: 'Providers' }).click();
  const service = await unfold(page, label);
  if (baseUrl) {
    await service.getByLabel('Base URL').fill(baseUrl);
    await service.getByLabel('Base URL').blur();
  }
  if (key) await service.getByLabel('API key').fill(key);
  return service;
}

/** All that the browser keeps of the page, and all that the page shows, as one text. */
export const everythingKept = (page) =>
  page.evaluate(async () => {
    const texts = [
      JSON.stringify(localStorage),
      JSON.stringify(sessionStorage),
      document.cookie,
      location.href,
      document.documentElement.outerHTML,
    ];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve, reject) => {
        const open = indexedDB.open(name);
        open.onsuccess = () => resolve(open.result);
        open.onerror = () => reject(open.error);
      });
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store).getAll();
        texts.push(await new Promise((resolve) => (all.onsuccess = () => resolve(JSON.stringify(all.result)))));
      }
      database.close();
    }
    return texts.join('\n');
  });

export { expect };
