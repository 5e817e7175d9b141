// One session in several tabs, reloads at any moment, and storage that fills up: nothing is paid for twice.
import { readFile } from 'node:fs/promises';
import { compose, expect, start, test } from './harness.mjs';

const GOAL = 'Should the library open on Sundays?';
/** Pieces that come slowly enough to be cut, and calls that are short enough to be whole between two cuts. */
const BRISK = ['steady-12:a', 'steady-9:b', 'steady-15:c'];

/** Starts a deliberation of three who are asked at the same time. */
async function begin(page, server, models = BRISK) {
  await page.goto('');
  const member = (model, at) => ({ name: `Member ${at + 1}`, provider: 'openai-compatible', model, baseUrl: server });
  await compose(page, { goal: GOAL, members: models.map(member) });
  await page.getByText('Advanced').click();
  await page.getByLabel('Calls at once').fill('3');
  await start(page);
  await expect(page.getByRole('region', { name: 'Round 1: Draft' })).toBeVisible();
}

const visible = (page, role, name) => page.getByRole(role, { name }).filter({ visible: true }).first();
const answer = (page) => page.getByRole('region', { name: 'Final answer' });
const following = (page) => page.getByText('This session runs in another tab. You are following it live.');

/** The requests to models that the server has seen, each named by its model and what it asked for. */
async function requests(server) {
  const log = await (await fetch(`${server}/__log`)).json();
  return log.filter(({ model, kind }) => model && kind).map((entry) => ({ ...entry, ask: `${entry.model} ${entry.kind} ${entry.prompt_hash}` }));
}

/** The events of the session that the page shows, from the database. */
const kept = (page) =>
  page.evaluate(async () => {
    const session = location.hash.split('/').pop();
    const database = await new Promise((resolve, reject) => {
      const open = indexedDB.open('tachikoma-forge');
      open.onsuccess = () => resolve(open.result);
      open.onerror = () => reject(open.error);
    });
    const all = database.transaction('events').objectStore('events').getAll();
    const texts = await new Promise((resolve) => (all.onsuccess = () => resolve(all.result)));
    database.close();
    return texts.map((text) => JSON.parse(text)).filter((event) => event.session === session);
  });

const completed = (events) =>
  events.filter(({ event }) => event.type === 'ParticipantComplete').map(({ event }) => JSON.stringify(event.ask));

/** The asks that the journal has as complete, as the server names them. One loop of rounds asks each only once. */
const settled = (events) =>
  events
    .filter(({ event }) => event.type === 'ParticipantComplete')
    .map(({ event }) => `${event.model.split('/')[1].split('@')[0]} ${event.ask.split('/')[2].replace('convergence', 'vote')}`);

/** How often the server was asked each of them. */
async function counts(server) {
  const all = new Map();
  for (const { model, kind } of await requests(server)) all.set(`${model} ${kind}`, (all.get(`${model} ${kind}`) ?? 0) + 1);
  return all;
}

/** Numbers from a seed, so that a failure can be seen again. */
function chance(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('twenty reloads at random moments ask nothing twice that is complete', async ({ page, scripted }) => {
  test.setTimeout(240_000);
  const seed = Number(process.env.FORGE_SEED ?? Date.now() % 1_000_000);
  test.info().annotations.push({ type: 'seed', description: String(seed) });
  const next = chance(seed);
  /** How often each ask had been made when it was first seen to be complete. */
  const final = new Map();
  const nothingAgain = async () => {
    const now = await counts(scripted);
    for (const [ask, times] of final) expect(now.get(ask), `${ask} was complete and is asked again (seed ${seed})`).toBe(times);
  };
  const check = async (before) => {
    const events = await kept(page);
    const complete = completed(events);
    expect(new Set(complete).size, `an ask is complete twice (seed ${seed})`).toBe(complete.length);
    const seqs = events.map(({ seq }) => seq);
    expect(seqs, `the order of events (seed ${seed})`).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    // What was complete then is complete still.
    expect(complete).toEqual(expect.arrayContaining(before));
    const now = await counts(scripted);
    for (const ask of settled(events)) if (!final.has(ask)) final.set(ask, now.get(ask));
    await nothingAgain();
    return complete;
  };
  await begin(page, scripted);
  let complete = [];
  for (let reloads = 0; reloads < 20; reloads += 1) {
    await page.waitForTimeout(100 + next() * 1_400);
    await page.reload();
    await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
    complete = await check(complete);
    if (await answer(page).isVisible()) {
      // It was quicker than twenty reloads: the rest happen to another one.
      await fetch(`${scripted}/__reset`, { method: 'POST' });
      final.clear();
      complete = [];
      await begin(page, scripted);
      continue;
    }
    await visible(page, 'button', 'Continue').click();
    // All that was left may be the end.
    await expect(visible(page, 'button', 'Stop').or(answer(page)).first()).toBeVisible();
  }
  await expect(answer(page)).toBeVisible({ timeout: 60_000 });
  await check(complete);
  // The journal has a start for each call, and an end for all but those that were cut.
  const events = await kept(page);
  const started = events.filter(({ event }) => event.type === 'AttemptStarted').length;
  const cut = events.filter(({ event }) => event.type === 'Resumed').flatMap(({ event }) => event.interrupted).length;
  expect(started - cut, `calls that were not cut (seed ${seed})`).toBe(completed(events).length);
  // What the server answered to the end and the journal has: exactly one such request, and none after it.
  await expect.poll(async () => (await requests(scripted)).some(({ outcome }) => outcome === 'open')).toBe(false);
  const asked = await requests(scripted);
  expect(asked.length, `the server saw other calls than the journal (seed ${seed})`).toBeLessThanOrEqual(started);
  const last = new Map(asked.map((entry) => [entry.ask, entry]));
  expect(last.size, `asks (seed ${seed})`).toBe(completed(events).length);
  for (const entry of last.values()) expect(entry.outcome, `the last request of ${entry.ask}`).toBe('completed');
});

test('a second tab follows live, hands over, and takes up what the first leaves', async ({ page, context, scripted }) => {
  test.setTimeout(120_000);
  await begin(page, scripted, ['steady-60:a', 'steady-70:b', 'steady-80:c']);

  const second = await context.newPage();
  await second.goto(page.url());
  await expect(following(second)).toBeVisible();
  await expect(visible(second, 'button', 'Continue')).toBeHidden();
  // Text grows in both, and what stands in the second is what the first began with.
  const text = (tab) => tab.getByRole('article', { name: 'Member 1' }).first().innerText();
  const lengths = [];
  for (let look = 0; look < 3; look += 1) {
    const at = (await text(second)).length;
    await expect.poll(async () => (await text(second)).length, { intervals: [100] }).toBeGreaterThan(at);
    lengths.push(at);
  }
  expect(await requests(scripted)).toHaveLength(3);

  // Stop in the second stops the first, which says what it has kept; nothing was written by the second.
  await visible(second, 'button', 'Stop').click();
  await expect(visible(page, 'button', 'Continue')).toBeVisible();
  await expect(visible(second, 'button', 'Continue')).toBeVisible();
  await expect(following(second)).toBeHidden();

  // Continued in the second, it is followed in the first.
  await visible(second, 'button', 'Continue').click();
  await expect(following(page)).toBeVisible();
  await expect(visible(second, 'button', 'Stop')).toBeVisible();
  const complete = completed(await kept(second)).length;

  // The tab that runs it is closed: the other one notices, and goes on.
  await expect.poll(async () => completed(await kept(page)).length, { timeout: 30_000 }).toBeGreaterThan(complete);
  await second.close();
  await expect(visible(page, 'button', 'Continue')).toBeVisible({ timeout: 15_000 });
  await expect(following(page)).toBeHidden();
  const third = await context.newPage();
  await third.goto(page.url());
  await expect(visible(third, 'button', 'Continue')).toBeVisible();
  await visible(page, 'button', 'Continue').click();
  // One that was only open notices too.
  await expect(following(third)).toBeVisible();
  await expect(answer(page)).toBeVisible({ timeout: 60_000 });
  await expect(answer(third)).toBeVisible();
  expect(await answer(third).innerText()).toBe(await answer(page).innerText());
  const events = await kept(page);
  const all = completed(events);
  expect(new Set(all).size).toBe(all.length);
  expect(events.map(({ seq }) => seq)).toEqual([...new Set(events.map(({ seq }) => seq))]);
});

test('a tab that does not answer is told of', async ({ page, context, scripted }) => {
  await page.addInitScript(() => {
    // The first tab hears nothing.
    Object.defineProperty(BroadcastChannel.prototype, 'onmessage', { set() {} });
  });
  await begin(page, scripted, ['steady-200:a', 'steady-200:b', 'steady-200:c']);
  const second = await context.newPage();
  await second.goto(page.url());
  await expect(following(second)).toBeVisible();
  await visible(second, 'button', 'Stop').click();
  await expect(second.getByRole('alert')).toContainText('does not answer', { timeout: 15_000 });
});

for (const after of [0, 12]) {
  test(`storage that is full after ${after} events: it goes on in memory and is paid for once`, async ({ page, scripted }) => {
    await page.addInitScript((after) => {
      const real = IDBObjectStore.prototype.add;
      let left = after;
      IDBObjectStore.prototype.add = function (...args) {
        if (left === 0) throw new DOMException('no room', 'QuotaExceededError');
        left -= 1;
        return real.apply(this, args);
      };
    }, after);
    // Slow enough that Stop is there to be pressed in the second round, on a busy machine too.
    await begin(page, scripted, ['steady-40:a', 'steady-30:b', 'steady-50:c']);
    await expect(page.getByRole('main')).toContainText('The session can no longer be saved', { timeout: 20_000 });
    await expect(page.getByText('This deliberation is only in this tab.')).toBeVisible();
    // Stopped and continued it goes on from memory.
    await page.getByRole('region', { name: 'Round 2: Critique' }).waitFor({ timeout: 20_000 });
    await visible(page, 'button', 'Stop').click();
    await visible(page, 'button', 'Continue').click();
    await expect(answer(page)).toBeVisible({ timeout: 45_000 });
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: 'JSON' }).click(),
    ]);
    const { events } = JSON.parse(await readFile(await download.path(), 'utf8'));
    const complete = completed(events);
    expect(new Set(complete).size).toBe(complete.length);
    expect(events.map(({ seq }) => seq)).toEqual([...new Set(events.map(({ seq }) => seq))]);
    const whole = (await requests(scripted)).filter(({ outcome }) => outcome === 'completed').map(({ ask }) => ask);
    // What the stop interrupted is asked again, also where the server had sent the last byte and nobody had read it.
    const interrupted = events.flatMap(({ event }) => (event.type === 'Resumed' ? event.interrupted : []));
    const again = whole.length - new Set(whole).size;
    expect(again, 'a call that was complete was made again').toBeLessThanOrEqual(interrupted.length);
  });
}

test('a session of a newer version is shown and not continued', async ({ page }) => {
  await page.goto('');
  await visible(page, 'button', 'Try the demo').click();
  await expect(page.getByRole('region', { name: 'Round 1: Draft' })).toBeVisible();
  await visible(page, 'button', 'Stop').click();
  await expect(visible(page, 'button', 'Continue')).toBeVisible();
  await page.evaluate(async () => {
    const database = await new Promise((resolve) => {
      const open = indexedDB.open('tachikoma-forge');
      open.onsuccess = () => resolve(open.result);
    });
    const transaction = database.transaction('events', 'readwrite');
    const store = transaction.objectStore('events');
    const session = location.hash.split('/').pop();
    const later = { v: 99, session, seq: 9_000, branch: 0, at_ms: 1, event: { type: 'Dreamt', of: 'sheep' } };
    store.put(JSON.stringify(later), [session, 9_000]);
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    database.close();
  });
  await page.reload();
  await expect(page.getByText('A newer version wrote this session')).toContainText('Dreamt');
  await expect(page.getByRole('region', { name: 'Round 1: Draft' })).toBeVisible();
  await expect(visible(page, 'button', 'Continue')).toBeHidden();
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByRole('menuitem', { name: 'Markdown' })).toBeVisible();
  await expect(page.getByRole('menuitem', { name: 'JSON' })).toHaveCount(0);
});
