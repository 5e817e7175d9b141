// The demo, from the first click to the files that are kept of it. No key, no server.
import { readFile } from 'node:fs/promises';
import { expect, test } from './harness.mjs';

test('the demo runs from one click to an answer that can be exported', async ({ page }) => {
  // It lasts about a minute by itself; a machine that is busy with other things may need several.
  test.setTimeout(360_000);
  await page.goto('');
  await page.getByRole('button', { name: 'Try the demo' }).filter({ visible: true }).first().click();

  const drafts = page.getByRole('region', { name: 'Round 1: Draft' });
  await expect(drafts).toBeVisible();
  for (const name of ['Ada', 'Turing', 'Hopper']) {
    await expect(drafts.getByRole('article', { name })).toBeVisible();
  }
  await expect(page.getByText(/demo/i).first()).toBeVisible();

  // Text is seen growing at three instants, not delivered whole.
  const ada = drafts.getByRole('article', { name: 'Ada' });
  const lengths = [];
  for (let instant = 0; instant < 3; instant += 1) {
    const before = lengths.at(-1) ?? 40;
    await expect.poll(async () => (await ada.innerText()).length, { intervals: [100] }).toBeGreaterThan(before);
    lengths.push((await ada.innerText()).length);
  }

  // Structured answers are fields to read, also while they are written.
  const critique = page.getByRole('region', { name: 'Round 2: Critique' });
  await expect(critique).toBeVisible({ timeout: 120_000 });
  for (let look = 0; look < 8; look += 1) {
    expect(await critique.innerText()).not.toContain('"label"');
    await page.waitForTimeout(250);
  }

  const answer = page.getByRole('region', { name: 'Final answer' });
  await expect(answer).toBeVisible({ timeout: 240_000 });
  expect((await answer.innerText()).length).toBeGreaterThan(200);

  const save = async (format) => {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: format }).click(),
    ]);
    return readFile(await download.path(), 'utf8');
  };
  const kept = JSON.parse(await save('JSON'));
  expect(kept.demo).toBe(true);
  const ends = kept.events.filter(({ event }) => event.type === 'SessionEnded');
  expect(ends.map(({ event }) => event.reason)).toEqual(['converged']);
  const yaml = await save('YAML');
  expect(yaml).toMatch(/^format: tachikoma-forge\/session$/m);
  expect(yaml.match(/^ +type: /gm)).toHaveLength(kept.events.length);
  const markdown = await save('Markdown');
  expect(markdown).toMatch(/demo/i);
  for (const name of ['Ada', 'Turing', 'Hopper']) expect(markdown).toContain(name);

  // It is there after a reload, finished, and the history leads back to it.
  await page.reload();
  await expect(answer).toBeVisible();
  await expect(page.getByRole('button', { name: 'Continue' })).toHaveCount(0);
  await page.getByRole('link', { name: 'History' }).click();
  await page.getByRole('main').getByRole('link').first().click();
  await expect(answer).toBeVisible();
});
