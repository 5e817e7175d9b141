// What the first visit asks for, shared by the journey (how many requests, and where) and the bench (how heavy).
import { expect } from './harness.mjs';

/** Opens the page for the first time and gives the address of everything that it asked for. */
export async function firstLoad(page) {
  const urls = new Set();
  page.on('request', (asked) => urls.add(asked.url()));
  await page.goto('');
  await expect(page.getByRole('textbox', { name: 'Goal' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  // Headless browsers do not always ask for the icon; people's browsers do.
  for (const href of await page.locator('link[rel~="icon"]').evaluateAll((links) => links.map((link) => link.href))) {
    urls.add(href);
  }
  return [...urls].map((url) => new URL(url)).filter((url) => url.protocol !== 'data:');
}
