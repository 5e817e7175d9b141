// Files that are attached: read in the browser, listed, refused in words, and part of what every member is asked.
import { compose, expect, start, test } from './harness.mjs';

const pdf = (name) => new URL(`../../crates/tachikoma-pdf/tests/pdfs/${name}`, import.meta.url).pathname;
const picture = {
  name: 'dot.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
};
const notes = { name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# Notes\n\nThe quokka budget is 40.') };

/** The place for files, once the whole app is there. */
async function field(page) {
  await page.getByRole('button', { name: 'Attach files' }).click();
  const input = page.getByLabel('Attach files');
  await expect(input).toBeAttached({ timeout: 30_000 });
  return input;
}

test('files are listed, removed, asked about, and kept with the session', async ({ page, scripted }) => {
  test.setTimeout(180_000);
  const bodies = [];
  page.on('request', (request) => {
    if (request.url().includes('/chat/completions')) bodies.push(request.postData() ?? '');
  });
  await page.goto('');
  const input = await field(page);
  await input.setInputFiles([pdf('printed.pdf')]);
  await input.setInputFiles([notes, picture, { ...notes, name: 'second.txt' }]);
  const list = page.getByRole('list', { name: 'Attached files' });
  await expect(list.getByRole('listitem')).toHaveCount(4, { timeout: 60_000 });
  await expect(list).toContainText('Page 3 has no text.');
  await list.getByRole('button', { name: 'Remove second.txt' }).click();
  await expect(list.getByRole('listitem')).toHaveCount(3);

  const member = (name) => ({ provider: 'openai-compatible', model: 'fast', baseUrl: `${scripted}/v1`, name });
  await compose(page, { goal: 'What do the files say?', members: [member('One'), member('Two')] });
  await start(page);
  await expect(page.getByRole('region', { name: 'Final answer' })).toBeVisible({ timeout: 90_000 });
  expect(bodies.length).toBeGreaterThan(5);
  for (const body of bodies) {
    expect(body).toContain('The quokka budget is 40.');
    expect(body).toContain('Heading of the printed page');
    expect(body).toContain('data:image/png;base64,iVBORw0KGgo');
  }
  await page.reload();
  await page.getByText('3 attached files').click();
  await expect(page.getByRole('list', { name: 'Attached files' })).toContainText('printed.pdf');
});

test('what cannot be read is refused with what to do', async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto('');
  const input = await field(page);
  for (const [file, says] of [
    [pdf('scan.pdf'), 'OCR'],
    [pdf('locked.pdf'), 'password'],
    [{ name: 'a.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\nnothing') }, 'damaged'],
    [{ name: 'a.docx', mimeType: 'application/zip', buffer: Buffer.from('PK\u0003\u0004....') }, 'Export it as PDF'],
  ]) {
    await input.setInputFiles(file);
    await expect(page.locator('.attach [role=alert]')).toContainText(says, { timeout: 60_000 });
  }
  await expect(page.getByRole('list', { name: 'Attached files' })).toHaveCount(0);
});

test('files are dropped, and a member that sees no pictures is named', async ({ page }) => {
  await page.goto('');
  await field(page);
  const seer = { provider: 'openai', model: 'gpt-4o', name: 'Seer' };
  await compose(page, { goal: 'What is it?', members: [seer, { provider: 'openai', model: 'gpt-3.5-turbo', name: 'Listener' }] });
  const data = await page.evaluateHandle((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([new Uint8Array(bytes)], 'dot.png', { type: 'image/png' }));
    return transfer;
  }, [...picture.buffer]);
  await page.dispatchEvent('main', 'drop', { dataTransfer: data });
  await expect(page.getByRole('list', { name: 'Attached files' })).toContainText('dot.png');
  await expect(page.getByText('Listener cannot see pictures')).toBeVisible();
});
