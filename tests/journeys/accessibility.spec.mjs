// What a machine can find: an audit in every state of the page, the way of the keyboard, and rest for those who
// asked for it.
import { createRequire } from 'node:module';
import { expect, test, unfold } from './harness.mjs';

// A trace copies the whole page at every step, which takes longer than the audits; what they find is said in full.
test.use({ trace: 'off' });

const AXE = createRequire(import.meta.url).resolve('axe-core');
const RULES = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  // The one rule of these that is off unless it is asked for.
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations'],
};

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 780 };
const LOOKS = {
  light: { viewport: WIDE, colorScheme: 'light' },
  dark: { viewport: WIDE, colorScheme: 'dark' },
  'on a phone': { viewport: PHONE, colorScheme: 'light' },
};

const OLLAMA = 'http://localhost:11434';

/** Every state of the page, and how it is come by from the one before. They share one run of the demo. */
const STATES = [
  [
    'a page that did not arrive',
    async (page) => {
      await page.goto('');
      await page.route('**/tachikoma-whole*', (route) => route.abort());
      await page.getByRole('link', { name: 'Providers' }).click();
      await expect(page.getByRole('alert')).toContainText('not here yet');
      await page.unroute('**/tachikoma-whole*');
    },
  ],
  ['Compose', (page) => room(page, '', 'New deliberation')],
  ['Compose, Advanced unfolded', (page) => page.getByText('Advanced').click()],
  [
    'Compose, after a start without a goal',
    async (page) => {
      await page.getByRole('button', { name: 'Start deliberation' }).filter({ visible: true }).click();
      await expect(page.getByRole('alert')).not.toBeEmpty();
    },
  ],
  ['Providers', (page) => room(page, '#/providers', 'Providers')],
  [
    'Providers, every one unfolded',
    (page) => page.locator('.service details').evaluateAll((all) => all.forEach((details) => (details.open = true))),
  ],
  [
    'Providers, after a test that failed',
    async (page) => {
      const service = await unfold(page, 'Ollama');
      await service.getByRole('button', { name: 'Test' }).click();
      await expect(service).toContainText('OLLAMA_ORIGINS');
    },
  ],
  [
    'Providers, with models and a pull',
    async (page) => {
      await page.route(`${OLLAMA}/**`, answerAsOllama);
      const service = await unfold(page, 'Ollama');
      await service.getByRole('button', { name: 'Test' }).click();
      await service.getByRole('button', { name: 'Show model-3' }).click();
      await expect(service).toContainText('131,072');
      await service.getByLabel('Pull by name').fill('huge');
      await service.getByRole('button', { name: 'Pull', exact: true }).click();
      await expect(service.getByRole('progressbar')).toBeVisible();
    },
  ],
  [
    'Providers, a server found',
    async (page) => {
      const finder = page.getByRole('region', { name: 'Find a server' });
      await finder.getByLabel('Address').fill(OLLAMA);
      await finder.getByRole('button', { name: 'Detect' }).click();
      await expect(finder.getByRole('button', { name: 'Use it' })).toBeVisible();
    },
  ],
  [
    'Providers, asking before it deletes',
    async (page) => {
      await page.getByRole('button', { name: 'Delete model-2' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  ],
  [
    'Compose, choosing a model',
    async (page) => {
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'New' }).click();
      const place = page.getByRole('group').filter({ has: page.getByLabel('Provider') }).last();
      await place.getByLabel('Provider').selectOption('ollama');
      await place.getByRole('combobox', { name: 'Model' }).press('ArrowDown');
      await expect(place.getByRole('listbox').getByRole('option', { selected: true })).toBeVisible();
    },
  ],
  ['History, empty', (page) => room(page, '#/history', 'History')],
  [
    'a deliberation that is not there',
    async (page) => {
      await page.goto('#/session/nowhere');
      await expect(page.getByRole('main')).toContainText('no such deliberation');
    },
  ],
  [
    'the first round, live',
    async (page) => {
      await page.goto('');
      await page.getByRole('button', { name: 'Try the demo' }).click();
      await runUntil(page, page.getByRole('article', { name: 'Hopper' }).getByText('writing'));
    },
  ],
  ['the first vote, live', (page) => runUntil(page, page.getByRole('region', { name: 'Round 4: Convergence' }))],
  [
    'cut off',
    async (page) => {
      await page.reload();
      await expect(page.getByRole('button', { name: 'Continue' })).toBeVisible();
    },
  ],
  [
    'finished, its rounds unfolded',
    async (page) => {
      await page.getByRole('button', { name: 'Continue' }).click();
      await runUntil(page, page.getByRole('region', { name: 'Final answer' }));
      const folded = page.getByRole('button', { name: /^Unfold/ });
      for (let left = await folded.count(); left > 0; left -= 1) await folded.first().click();
    },
  ],
  [
    'finished, the menu open',
    async (page) => {
      await page.getByRole('button', { name: 'Export' }).click();
      await expect(page.getByRole('menu')).toBeVisible();
    },
  ],
  ['History, with a session', (page) => room(page, '#/history', 'History')],
  [
    'History, asking before it deletes',
    async (page) => {
      await page.getByRole('button', { name: /^Delete/ }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  ],
];

/** An Ollama with twelve models, whose pull does not come to an end. */
async function answerAsOllama(route) {
  const described = (n) => ({
    name: `model-${n}`,
    size: n * 1_000_000_000,
    details: { family: 'invented', parameter_size: `${n}B`, quantization_level: 'Q4_K_M' },
    capabilities: ['completion', 'tools'],
  });
  const answers = {
    '/api/tags': { models: Array.from({ length: 12 }, (_, n) => described(n + 1)) },
    '/v1/models': { object: 'list', data: [{ id: 'model-1', object: 'model', owned_by: 'library' }] },
    '/api/version': { version: '0.40.5' },
    '/api/show': { model_info: { 'general.architecture': 'invented', 'invented.context_length': 131_072 } },
  };
  const { pathname } = new URL(route.request().url());
  const headers = { 'access-control-allow-origin': '*' };
  // The pull is left unanswered.
  if (pathname !== '/api/pull') await route.fulfill({ json: answers[pathname] ?? {}, headers });
}

async function room(page, address, title) {
  await page.goto(address);
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeAttached();
}

/** Lets the page's time run ahead until something is seen. */
async function runUntil(page, there) {
  await expect(async () => {
    await page.clock.runFor(2_000);
    await expect(there.first()).toBeVisible({ timeout: 50 });
  }).toPass({ timeout: 60_000, intervals: [10] });
}

/** What an audit finds, a line for each. */
const audit = (page) =>
  page.evaluate(async (rules) => {
    const { violations } = await window.axe.run(document, rules);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
    );
  }, RULES);

test.describe('an audit', () => {
  // An option whose value is a list has to be wrapped, or the list would be taken for value and settings.
  test.use({ expectedErrors: [[/ERR_FAILED/], { option: true }] });

  test('finds nothing in any state of the page', async ({ page, allowedOrigins }) => {
    test.setTimeout(180_000);
    // Nobody answers there, whatever runs on this machine.
    allowedOrigins.add(OLLAMA);
    await page.route(`${OLLAMA}/**`, (route) => route.abort());
    // An init script is exempt from the content security policy: the page is audited under its own.
    await page.addInitScript({ path: AXE });
    await page.clock.install();
    for (const [state, reach] of STATES) {
      await test.step(state, async () => {
        await page.setViewportSize(WIDE);
        await reach(page);
        for (const [look, { viewport, colorScheme }] of Object.entries(LOOKS)) {
          await page.setViewportSize(viewport);
          await page.emulateMedia({ colorScheme });
          expect.soft(await audit(page), `${state}, ${look}`).toEqual([]);
        }
      });
    }
  });
});

/** What can be used on the page. */
const usable = (page) =>
  page.evaluate(() => {
    const all = document.querySelectorAll('a[href], button:enabled, input, select, textarea, summary, [tabindex="0"]');
    // Of a group of radio buttons Tab reaches the one that is chosen, and the arrow keys the others.
    const reached = (element) => element.type !== 'radio' || element.checked || !document.querySelector(`input[name="${element.name}"]:checked`);
    window.waiting = new Set([...all].filter((element) => element.checkVisibility() && reached(element)));
  });

/** Looks at what has the focus after a press of Tab. Nothing when it has left the page. */
const visit = (page) =>
  page.evaluate(() => {
    const here = document.activeElement;
    if (here === document.body || here === window.first) return null;
    window.first ??= here;
    window.waiting.delete(here);
    const at = here.getBoundingClientRect();
    const faults = [];
    const { outlineStyle, outlineWidth } = getComputedStyle(here);
    if (outlineStyle === 'none' || outlineWidth === '0px') faults.push('is not marked');
    const atop = document.elementFromPoint((at.left + at.right) / 2, (at.top + at.bottom) / 2);
    if (!atop || !here.contains(atop)) faults.push('is covered or out of sight');
    // Reading order: rightwards, or down; up only into a column further to the right.
    const before = window.before?.getBoundingClientRect();
    if (before) {
      const up = at.bottom <= before.top && at.left < before.right;
      const left = at.top < before.bottom && at.bottom > before.top && at.right <= before.left;
      if (up || left) faults.push('comes after what stands behind it');
    }
    window.before = here;
    const name = here.getAttribute('aria-label') || here.id || here.textContent.trim();
    return faults.map((fault) => `${name} ${fault}`);
  });

for (const [width, viewport] of [['wide', WIDE], ['on a phone', PHONE]]) {
  for (const [title, address] of [['New deliberation', ''], ['Providers', '#/providers'], ['History', '#/history']]) {
    test(`Tab leads through ${title}, ${width}, in reading order and always seen`, async ({ page }) => {
      await page.setViewportSize(viewport);
      await room(page, address, title);
      await usable(page);
      const faults = [];
      for (let press = 0; press < 100; press += 1) {
        await page.keyboard.press('Tab');
        const found = await visit(page);
        if (!found) break;
        faults.push(...found);
      }
      expect(faults).toEqual([]);
      expect(await page.evaluate(() => [...window.waiting].map((missed) => missed.outerHTML))).toEqual([]);
    });
  }
}

test('the arrow keys move among the members on a phone', async ({ page }) => {
  await page.setViewportSize(PHONE);
  await page.goto('');
  await page.getByRole('button', { name: 'Try the demo' }).click();
  await page.getByRole('tab', { name: 'Ada' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('tab', { name: 'Turing' })).toBeFocused();
  await expect(page.getByRole('article', { name: 'Turing' })).toBeVisible();
  await expect(page.getByRole('article', { name: 'Ada' })).toBeHidden();
});

test('nothing moves for those who asked for rest', async ({ page }) => {
  const moving = () => page.evaluate(() => document.getAnimations().length);
  await page.goto('');
  await page.getByRole('button', { name: 'Try the demo' }).click();
  // The dot beside the round, and the caret of somebody who writes.
  await expect.poll(moving).toBeGreaterThan(1);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await moving()).toBe(0);
  await expect(page.locator('.caret').first()).toBeVisible();
  expect(await moving()).toBe(0);
});
