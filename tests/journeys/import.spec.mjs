// A session leaves one browser as a file and goes on in another, which asks nobody what is answered already.
import { readFile } from 'node:fs/promises';
import { compose, expect, start, test } from './harness.mjs';

const GOAL = 'Should the library open on Sundays?';
const CONTINUE = (page) => page.getByRole('button', { name: 'Continue' }).filter({ visible: true }).first();

/** The asks that the server answered. */
async function asks(server) {
  const log = await (await fetch(`${server}/__log`)).json();
  return log.filter(({ method, kind }) => method === 'POST' && kind);
}

/** The open session as a file. */
async function exported(page, format) {
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: format }).click(),
  ]);
  return readFile(await download.path());
}

async function choose(page, name, buffer) {
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: 'Import a session' }).click(),
  ]);
  await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer });
}

async function drop(page, name, text) {
  const data = await page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      return data;
    },
    [name, text],
  );
  await page.getByRole('main').dispatchEvent('drop', { dataTransfer: data });
}

test('a session goes on in another browser, and nothing is asked twice', async ({ page, browser, baseURL, scripted }) => {
  test.setTimeout(150_000);
  await page.goto('');
  await compose(page, {
    goal: GOAL,
    members: ['One', 'Two', 'Three'].map((name, seat) => ({
      name,
      provider: 'openai-compatible',
      model: `pace-200-${40 + seat}-20`,
      baseUrl: scripted,
    })),
  });
  await start(page);
  await expect(page.getByRole('region', { name: 'Round 2: Critique' })).toBeVisible({ timeout: 40_000 });
  await page.getByRole('button', { name: 'Stop' }).filter({ visible: true }).first().click();
  await CONTINUE(page).waitFor();
  const files = {};
  for (const format of ['JSON', 'YAML', 'Markdown']) files[format] = await exported(page, format);

  // Where it came from, it is there already.
  await page.getByRole('link', { name: 'History' }).click();
  await choose(page, 'session.json', files.JSON);
  await expect(page.getByText('This session is in this browser already, exactly as in the file.')).toBeVisible();

  const elsewhere = await browser.newContext({ baseURL });
  const other = await elsewhere.newPage();
  await other.goto('#/history');
  await choose(other, 'session.json', files.JSON);
  await CONTINUE(other).waitFor();
  await expect(other.getByRole('region', { name: 'Round 1: Draft' }).getByRole('article')).toHaveCount(3);
  for (const format of ['JSON', 'YAML', 'Markdown']) {
    expect((await exported(other, format)).equals(files[format]), format).toBe(true);
  }
  await CONTINUE(other).click();
  await expect(other.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 60_000 });
  await expect.poll(async () => (await asks(scripted)).some(({ outcome }) => outcome === 'open')).toBe(false);
  const completed = (await asks(scripted)).filter(({ outcome }) => outcome === 'completed');
  const names = completed.map(({ model, prompt_hash }) => `${model} ${prompt_hash}`);
  expect(new Set(names).size).toBe(names.length);

  // It has gone on since: the file becomes a session of its own, and the other stays.
  const before = new URL(other.url()).hash;
  await other.getByRole('link', { name: 'History' }).click();
  await drop(other, 'session.json', files.JSON.toString());
  await other.getByRole('button', { name: 'Import as a copy' }).click();
  await CONTINUE(other).waitFor();
  expect(new URL(other.url()).hash).not.toBe(before);
  await other.getByRole('link', { name: 'History' }).click();
  await expect(other.getByRole('link', { name: GOAL })).toHaveCount(2);
  await elsewhere.close();
});

test('what cannot be imported is refused in words, and nothing is kept', async ({ page }) => {
  await page.goto('#/history');
  const alert = page.getByRole('alert');
  for (const [name, text, why] of [
    ['novel.txt', 'Chapter one\n', 'no exported session'],
    ['session.yaml', 'format: tachikoma-forge/session\n', 'tachikoma import FILE --session OUT'],
    ['session.json', '{"format":"tachikoma-forge/session","version":1,"demo":false,"events":[', 'cut off'],
    ['session.json', '{"<img src=x onerror=alert(1)>":1}', 'no exported session'],
    ['empty.json', '', 'This file is empty'],
  ]) {
    await choose(page, name, Buffer.from(text));
    await expect(alert).toContainText('Nothing was imported.');
    await expect(alert).toContainText(why);
  }
  await expect(page.getByText('Nothing here yet')).toBeVisible();
  // A picture that somebody drops does not take the page away.
  await drop(page, 'picture.png', '\u0089PNG');
  await expect(alert).toContainText('Nothing was imported.');
  await expect(page.getByRole('heading', { name: 'History' })).toBeVisible();
});
