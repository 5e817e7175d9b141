// The page opens, at whatever path it is served, and can be found one's way around in.
import { expect, test } from './harness.mjs';

test('the page opens and its three rooms can be reached and left', async ({ page }) => {
  await page.goto('');
  await expect(page).toHaveTitle(/Tachikoma Forge/);
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start deliberation' })).toBeVisible();

  await page.getByRole('link', { name: 'Providers' }).click();
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeHidden();
  await expect(page.getByRole('button', { name: 'Test' }).first()).toBeVisible();

  await page.getByRole('link', { name: 'History' }).click();
  await expect(page.getByRole('button', { name: 'Test' })).toHaveCount(0);

  // The browser's own way back works, and so does a reload of any address.
  await page.goBack();
  await expect(page.getByRole('button', { name: 'Test' }).first()).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Test' }).first()).toBeVisible();

  await page.getByRole('link', { name: 'New' }).click();
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeVisible();
});
