// The page on a phone and on a wide screen, in both themes, and by keyboard alone.
import { expect, test } from './harness.mjs';

const ROOMS = ['', '#/providers', '#/history'];

for (const width of [360, 1600]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`nothing overflows at ${width} px in the ${colorScheme} theme`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      for (const room of ROOMS) {
        await page.goto(room);
        await expect(page.getByRole('link', { name: 'New' })).toBeVisible();
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow, room).toBeLessThanOrEqual(0);
      }
    });
  }
}

test('the demo starts by keyboard alone', async ({ page }) => {
  test.setTimeout(60_000);
  await page.goto('');
  const demo = page.getByRole('button', { name: 'Try the demo' }).filter({ visible: true }).first();
  await expect(demo).toBeVisible();
  for (let press = 0; press < 80; press += 1) {
    await page.keyboard.press('Tab');
    if (await demo.evaluate((button) => button === document.activeElement)) break;
  }
  await expect(demo).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Round 1: Draft' })).toBeVisible();
});
