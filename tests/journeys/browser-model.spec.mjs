// The browser's own model, played by a class of its shape: the browser of the journeys has none.
import { compose, expect, start, test, unfold } from './harness.mjs';

const GOAL = 'Should the library open on Sundays?';

/** Puts a `LanguageModel` into the page. It writes what was asked for; where a shape is asked for, from that. */
function install(availability) {
  const state = { availability, created: 0, destroyed: 0, prompts: [] };
  window.browserModel = state;
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  const fill = (schema) => {
    if (schema.enum) return schema.enum.includes('agree') ? 'agree' : schema.enum[0];
    if (schema.type === 'object') {
      return Object.fromEntries(Object.entries(schema.properties).map(([name, inner]) => [name, fill(inner)]));
    }
    const labels = schema.items?.properties?.label?.enum;
    if (labels) return labels.map((label) => ({ ...fill(schema.items), label }));
    if (schema.type === 'array') return [fill(schema.items)];
    return schema.type === 'integer' ? 80 : 'It is clear and short.';
  };
  const words = (text, shape) => {
    if (shape) return JSON.stringify(fill(shape));
    const essay = 'Open on Sundays for a month, and count who comes.';
    return text.includes('# Comparison') ? `# Comparison\n\nThey agree.\n\n# Answer\n\n${essay}` : essay;
  };
  window.LanguageModel = class {
    static async availability() {
      return state.availability;
    }
    static async create({ monitor, initialPrompts }) {
      if (state.availability !== 'available') {
        if (!navigator.userActivation.isActive) throw new DOMException('no click', 'NotAllowedError');
        const bus = new EventTarget();
        monitor?.(bus);
        // The journey says how far it is.
        state.progress = (loaded) => bus.dispatchEvent(Object.assign(new Event('downloadprogress'), { loaded, total: 1 }));
        await new Promise((done) => (state.finish = done));
        state.availability = 'available';
      }
      state.created += 1;
      return Object.assign(new this(), { initialPrompts });
    }
    promptStreaming(input, { responseConstraint, signal }) {
      const text = input.map(({ content }) => content).join('\n');
      state.prompts.push(text);
      const pieces = words(text, responseConstraint).match(/.{1,12}/gs);
      return new ReadableStream({
        start: (stream) => signal.addEventListener('abort', () => stream.error(signal.reason)),
        async pull(stream) {
          await sleep(5);
          if (pieces.length) stream.enqueue(pieces.shift());
          else stream.close();
        },
      });
    }
    destroy() {
      state.destroyed += 1;
    }
  };
}

const members = ['One', 'Two'].map((name) => ({ name, provider: 'browser', model: 'built-in' }));

test('it is downloaded by a click, and two members of it deliberate to an answer', async ({ page }) => {
  test.setTimeout(90_000);
  await page.addInitScript(install, 'downloadable');
  await page.goto('');
  await compose(page, { goal: GOAL, members });
  await start(page);
  await expect(page.getByRole('alert')).toContainText('not downloaded yet');
  expect(await page.evaluate(() => window.browserModel.created)).toBe(0);

  await page.getByRole('link', { name: 'Providers' }).click();
  const row = await unfold(page, "This browser's model");
  await row.getByRole('button', { name: 'Download the model' }).click();
  for (const percent of ['0', '40', '100']) {
    await page.evaluate((loaded) => window.browserModel.progress(loaded), percent / 100);
    await expect(row.getByRole('progressbar')).toHaveAttribute('value', percent);
  }
  await page.evaluate(() => window.browserModel.finish());
  await expect(row).toContainText('Choose it as the provider of a member.');

  await page.getByRole('link', { name: 'New' }).click();
  await start(page);
  const answer = page.getByRole('region', { name: 'Final answer' });
  await expect(answer).toContainText('count who comes', { timeout: 60_000 });
  const { created, destroyed, prompts } = await page.evaluate(() => ({ ...window.browserModel, progress: null, finish: null }));
  // Two drafts, two critiques, a synthesis, two votes; and the download's own session.
  expect([created, destroyed]).toEqual([8, 8]);
  expect(prompts).toHaveLength(7);
  expect(prompts[0]).toContain(GOAL);
});

test('a download that the browser refuses is told', async ({ page }) => {
  await page.addInitScript(install, 'downloadable');
  await page.goto('#/providers');
  await page.evaluate(() => {
    window.LanguageModel.create = async () => {
      throw new DOMException('No room.', 'OperationError');
    };
  });
  const row = await unfold(page, "This browser's model");
  await row.getByRole('button', { name: 'Download the model' }).click();
  await expect(row.getByRole('alert')).toContainText('No room.');
  await expect(row.getByRole('button', { name: 'Download the model' })).toBeEnabled();
});

test('Stop ends what it writes', async ({ page }) => {
  await page.addInitScript(install, 'available');
  await page.addInitScript(() => {
    window.LanguageModel.prototype.promptStreaming = (input, { signal }) =>
      new ReadableStream({
        start: (stream) => {
          stream.enqueue('It begins');
          signal.addEventListener('abort', () => stream.error(signal.reason));
        },
      });
  });
  await page.goto('');
  await compose(page, { goal: GOAL, members });
  await start(page);
  await expect(page.getByText('It begins').first()).toBeVisible();
  await page.getByRole('button', { name: 'Stop' }).filter({ visible: true }).first().click();
  await expect.poll(() => page.evaluate(() => window.browserModel.destroyed)).toBe(2);
});

test('the first visit offers it where it is there', async ({ page }) => {
  await page.addInitScript(install, 'available');
  await page.route('**/tachikoma-whole*', (route) => route.abort());
  await page.goto('');
  await expect(page.getByLabel('Provider').first().getByRole('option', { name: "This browser's model" })).toHaveCount(1);
});

test('where there is none it is not offered', async ({ page }) => {
  await page.goto('');
  await expect(page.getByLabel('Provider').first().getByRole('option', { name: 'Ollama' })).toHaveCount(1);
  await expect(page.getByLabel('Provider').first().getByRole('option', { name: "This browser's model" })).toHaveCount(0);
  await page.getByRole('link', { name: 'Providers' }).click();
  await expect(page.getByRole('region', { name: 'Ollama', exact: true })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'In this browser' })).toHaveCount(0);
});
