// A browser that keeps nothing, as some private windows do: everything works, and the page says what that means.
import { readFile } from 'node:fs/promises';
import { expect, test } from './harness.mjs';

test('where storage is refused a deliberation runs in memory and can be exported', async ({ page }) => {
  await page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('refused', 'SecurityError');
    };
  });
  await page.goto('');
  await page.getByRole('button', { name: 'Try the demo' }).click();
  await expect(page.getByText('This deliberation is only in this tab.')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Round 1: Draft' })).toContainText(/event sourcing/);
  await page.getByRole('button', { name: 'Stop' }).filter({ visible: true }).first().click();
  // It goes on from memory as it would from storage.
  await page.getByRole('button', { name: 'Continue' }).filter({ visible: true }).first().click();
  await page.getByRole('button', { name: 'Stop' }).filter({ visible: true }).first().click();
  await page.getByRole('button', { name: 'Continue' }).filter({ visible: true }).first().waitFor();
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'JSON' }).click(),
  ]);
  const kept = JSON.parse(await readFile(await download.path(), 'utf8'));
  expect(kept.events.filter(({ event }) => event.type === 'Resumed')).toHaveLength(1);
  expect(kept.events.at(-1).event).toMatchObject({ type: 'SessionEnded', reason: 'stopped' });
});
