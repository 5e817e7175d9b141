// The page opens, at whatever path it is served, and can be found one's way around in.
import { expect, test } from './harness.mjs';

test('the page opens and its three rooms can be reached and left', async ({ page }) => {
  const service = page.getByRole('region', { name: 'Anthropic', exact: true });
  await page.goto('');
  await expect(page).toHaveTitle(/Tachikoma Forge/);
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Start deliberation' })).toBeVisible();

  await page.getByRole('link', { name: 'Providers' }).click();
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeHidden();
  await expect(service).toBeVisible();

  await page.getByRole('link', { name: 'History' }).click();
  await expect(service).toHaveCount(0);

  // The browser's own way back works, and so does a reload of any address.
  await page.goBack();
  await expect(service).toBeVisible();
  await page.reload();
  await expect(service).toBeVisible();

  await page.getByRole('link', { name: 'New' }).click();
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeVisible();
});
