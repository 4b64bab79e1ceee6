// The pages at work on every glass, with the data of an ordinary Chinese hall: nothing over another, nothing cut, nothing
// out of reach; and a panel that cannot be drawn takes nothing else with it.
import { expect, test, type Page } from '@playwright/test';
import { checkPage } from '../pictures/check.ts';
import { checksOf, openStage, type Stage } from '../pictures/stage.ts';
import type { Size } from '../pictures/halls.ts';
import { cutView } from '../../hall/view/index.ts';
import type { LiveView } from '../../hall/view/live.ts';
import { SAMPLE_YAML } from '../hall/sample.ts';
import { startGateway, type Gateway } from '../services/gateway.ts';
import { mosquittoPub } from '../services/mosquitto.ts';
import { dayScene, demoYaml, withPastDays } from './dashboard-scenes.ts';
import { COUNTY_YAML } from './halls.ts';

const SIZES: readonly Size[] = [
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
  { width: 1366, height: 768 },
  { width: 1920, height: 1080 },
  { width: 3840, height: 2160 },
  { width: 1080, height: 1920 },
];

/** As long as departments' names are. */
const LONG_DEPARTMENT = '市人力资源和社会保障局（市医疗保障中心）';

/** Rows as the figures of any period have them. */
function pastRows(asked: URLSearchParams): object[] {
  const name = asked.get('figure') ?? '';
  const row = (keys: object, value: number) => ({ ...keys, [name]: { value, n: 40 } });
  if (asked.get('by') === 'department')
    return [
      row({ department: '税务局' }, 300_000),
      row({ department: LONG_DEPARTMENT }, 720_000),
      row({ department: null }, 60_000),
    ];
  if (asked.get('per') === 'day') {
    const from = Date.parse(`${asked.get('from')}T00:00:00Z`);
    return Array.from({ length: 28 }, (_, day) =>
      row({ from: new Date(from + day * 86_400_000).toISOString() }, 720_000),
    );
  }
  return Array.from({ length: 70 }, (_, index) =>
    row({ weekday: (index % 7) + 1, hour: 8 + Math.floor(index / 7) }, 720_000),
  );
}

test.describe('on every glass', () => {
  let stage: Stage;
  test.beforeAll(async ({ browser }) => {
    stage = await openStage(browser);
  });
  test.afterAll(() => stage.end());

  /** What nobody could read on the page, after all of it has been laid out. */
  async function findings(
    page: Page,
    scene: ReturnType<typeof dayScene>,
    path: string,
    size: Size,
  ) {
    // Tables and rows that are out of sight are not rendered, and boxes that are not rendered have no true size: a busy machine
    // may measure before the browser has noticed that a table came near.
    await page.addStyleTag({ content: '.box, tr { content-visibility: visible !important }' });
    const asleep = page.locator('.asleep');
    await expect(async () => {
      await asleep.evaluateAll((tables) => tables[0]?.scrollIntoView());
      expect(await asleep.count()).toBe(0);
    }).toPass();
    await page.evaluate(() => new Promise((done) => setTimeout(() => requestAnimationFrame(done))));
    await page.evaluate(() => scrollTo(0, 0));
    const found = await page.evaluate(checkPage, checksOf(scene, path, size));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    return [...found, ...(wide > 0 ? [`${wide} px beside the screen`] : [])];
  }

  for (const size of SIZES) {
    test(`${size.width}×${size.height}: a county hall's live and device pages can be read whole`, async () => {
      const scene = dayScene(COUNTY_YAML, '10:40');
      for (const path of ['/dashboard/live', '/dashboard/devices']) {
        const page = await stage.show(scene, path, size);
        expect(await findings(page, scene, path, size), path).toEqual([]);
        if (path === '/dashboard/live') {
          for (const label of ['A101', 'A102', '综合1', '综合2', 'B-12', '不动产3']) {
            await expect(page.locator('.cell .label', { hasText: label })).toHaveText(label);
            await expect(page.locator('[id^="window-"] .label', { hasText: label })).toHaveText(
              label,
            );
          }
        }
        await page.close();
      }
    });
  }

  test('SPEC 28 earlier days: each picture can be read whole, on a phone and on a wall', async () => {
    const scene = dayScene(await demoYaml(), '10:40');
    for (const size of [SIZES[0], SIZES[3]] as Size[]) {
      const page = await stage.show(scene, '/dashboard/live', size);
      await page.route(/\/api\/v1\/figures/, (route) => {
        const asked = new URL(route.request().url()).searchParams;
        return route.fulfill({ json: { rows: pastRows(asked) } });
      });
      const past = page.locator('.past');
      await past.scrollIntoViewIfNeeded();
      await expect(past.locator('tbody tr')).toHaveCount(7);
      await past.getByRole('button', { name: '平均等候' }).click();
      await expect(past.locator('tbody td', { hasText: '12' }).first()).toBeVisible();
      await past.getByRole('button', { name: '部门' }).click();
      await expect(past.locator('li').first()).toContainText(LONG_DEPARTMENT);
      await expect(past.locator('[data-figure=wait_mean_ms]').first()).toHaveAttribute(
        'data-value',
        '720000',
      );
      expect(await findings(page, scene, '/dashboard/live', size)).toEqual([]);
      await past.getByRole('button', { name: '走势' }).click();
      await expect(past.locator('li')).toHaveCount(28);
      expect(await findings(page, scene, '/dashboard/live', size)).toEqual([]);
      await page.close();
    }
  });

  test('every figure of the live page carries its name, its exact value, its n and what it is of', async () => {
    const scene = dayScene(COUNTY_YAML, '10:40');
    const view = cutView('live', scene.hall, scene.config, scene.now) as LiveView;
    const page = await stage.show(scene, '/dashboard/live', { width: 1920, height: 1080 });
    const marks = await page.locator('[data-figure]').evaluateAll((elements) =>
      elements.map((element) => {
        const { figure, value, n, queue, window, zone } = (element as HTMLElement).dataset;
        return { figure, of: queue ?? window ?? zone, value: value && Number(value), n };
      }),
    );
    const valueOf = (figure: string, of?: string) => {
      const found = marks.find((mark) => mark.figure === figure && mark.of === of);
      return [found?.value, found?.n];
    };
    const { figures, queues, windows, zones } = view;
    expect(valueOf('issued')).toEqual([figures.issued, undefined]);
    expect(valueOf('served')).toEqual([figures.completed, undefined]);
    expect(valueOf('wait_mean_ms')).toEqual([
      figures.meanWaitMs?.value,
      String(figures.meanWaitMs?.n),
    ]);
    expect(valueOf('within_1')[0]).toBe(figures.within[0]?.share.value);
    for (const { id, waiting, load, windowsOpen, longestSince } of Object.values(queues)) {
      expect(valueOf('waiting', id)[0], id).toBe(waiting);
      expect(valueOf('load', id)[0], id).toBe(load?.value);
      expect(valueOf('windows_open', id)[0], id).toBe(windowsOpen);
      expect(valueOf('longest_ms', id)[0] === undefined, id).toBe(longestSince === undefined);
    }
    for (const { id, completed, serviceMs } of Object.values(windows)) {
      expect(valueOf('served', id)[0], id).toBe(completed);
      expect(valueOf('service_mean_ms', id)[0], id).toBe(serviceMs?.mean);
    }
    for (const [id, { occupancy }] of Object.entries(zones)) {
      const isShown = Object.values(windows).some(({ zone }) => zone === id);
      if (occupancy && isShown) expect(valueOf('present', id)[0], id).toBe(occupancy.present);
    }
    await page.close();
  });

  test('SPEC 26 the live page names the usual day, and says what the day is expected to bring', async () => {
    const [, , , size] = SIZES;
    const scene = withPastDays(dayScene(await demoYaml(), '10:12'));
    if (!size) return;
    const { outlook } = cutView(
      'live',
      scene.hall,
      scene.config,
      scene.now,
      scene.gatewayStatus,
    ) as LiveView;
    const page = await stage.show(scene, '/dashboard/live', size);
    const expected = page.locator('[data-figure="forecast"]');
    await expect(expected).toHaveAttribute('data-value', String(outlook?.today?.p50));
    await expect(expected).toHaveAttribute('data-n', '4');
    await expect(expected).toContainText(`${outlook?.today?.p10}–${outlook?.today?.p90}`);
    await expect(page.locator('.curve svg')).toContainText('往常周三 usual Wednesday');
    await page.close();
    const without = await stage.show(dayScene(await demoYaml(), '10:12'), '/dashboard/live', size);
    await expect(without.locator('[data-figure="forecast"]')).toHaveCount(0);
    await expect(without.locator('.curve svg')).not.toContainText('往常');
    await without.close();
  });

  test('at noon no label of the curve covers another', async () => {
    const [phone, , desk] = SIZES;
    if (!phone || !desk) return;
    const noon = dayScene(await demoYaml(), '12:10');
    const shown = [
      [dayScene(COUNTY_YAML, '11:58'), phone],
      [noon, phone],
      [noon, desk],
      [withPastDays(noon), phone],
      [withPastDays(dayScene(await demoYaml(), '14:40')), desk],
    ] as const;
    for (const [scene, size] of shown) {
      const page = await stage.show(scene, '/dashboard/live', size);
      const boxes = await page.locator('.curve svg text').evaluateAll((texts) =>
        texts.map((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          return { text: text.textContent, left, right, top: top + 3, bottom: bottom - 3 };
        }),
      );
      const over = boxes.flatMap((a, index) =>
        boxes
          .slice(index + 1)
          .filter(
            (b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom,
          )
          .map((b) => `${a.text} over ${b.text}`),
      );
      expect(over, String(size.width)).toEqual([]);
      await page.close();
    }
  });

  test('below 1600 px the details of a device leave the rest to be read, and close to where they came from', async () => {
    const scene = dayScene(COUNTY_YAML, '10:40');
    for (const size of SIZES.slice(0, 3)) {
      const page = await stage.show(scene, '/dashboard/devices', size);
      await page.locator('#mark-caller-1').click();
      await expect(page.locator('[data-detail="caller-1"]')).toBeVisible();
      expect(await findings(page, scene, '/dashboard/devices', size)).toEqual([]);
      const covered = await page.evaluate(() => {
        const detail = document.querySelector('[data-detail]')?.getBoundingClientRect();
        const main = document.querySelector('main')?.getBoundingClientRect();
        return detail && main && main.width > 0 ? main.right > detail.left + 1 : false;
      });
      expect(covered, String(size.width)).toBe(false);
      await page.keyboard.press('Escape');
      await expect(page.locator('#mark-caller-1')).toBeFocused();
      await page.close();
    }
  });
});

test.describe('from a gateway', () => {
  const HALL = SAMPLE_YAML.replace(/hours: .*/, 'hours: { daily: ["00:00-24:00"] }');
  let gateway: Gateway;
  test.beforeAll(async () => {
    gateway = await startGateway({ hall: HALL });
  });
  test.afterAll(() => gateway.end());

  async function open(page: Page, path: string) {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${gateway.url}${path}`);
    await expect(page.locator('[data-revision]')).toBeAttached();
    return errors;
  }

  /** The first snapshot that the page gets is changed on its way; what follows is true. */
  async function falsified(page: Page, change: (data: Record<string, unknown>) => void) {
    let first = true;
    await page.routeWebSocket(/\/live$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((text) => {
        const message = JSON.parse(String(text));
        if (message.type === 'snapshot' && first) {
          first = false;
          change(message.data);
        }
        socket.send(JSON.stringify(message));
      });
    });
  }

  test('a panel that cannot be drawn says so by its name, the rest goes on, and it comes back', async ({
    page,
  }) => {
    await falsified(page, (data) => (data['curve'] = {}));
    await open(page, '/dashboard/live');
    await expect(page.locator('[data-failed]')).toHaveCount(1);
    await expect(page.locator('[data-failed="Curve of today"]')).toContainText('今日曲线');
    await mosquittoPub(gateway.mqtt, 'hall/h1/caller-1/ticket', {
      ...{ type: 'issued', id: 'panel-1', ticket: 'A018', queue: 'q1' },
    });
    await expect(page.locator('tr[data-queue="q1"] .waiting')).toHaveText('1');
    await expect(page.locator('[data-failed]')).toHaveCount(0, { timeout: 60_000 });
    await expect(page.locator('.curve svg')).toBeVisible();
  });

  test('what is hidden or corrected, inferred or not here yet is told on the live page', async ({
    page,
  }) => {
    const name = (text: string) => ({ zh: text, en: text });
    await falsified(page, (data) => {
      data['trouble'] = ['clock:devices', 'identity:t-1', 'emergency:sb', 'budget:tickets'].map(
        (id) => ({ id, since: Date.now(), title: name(`标题 ${id}`), action: name('请处理') }),
      );
      data['notes'] = [{ id: 'caller-3', zh: '叫号器 caller-3 不上报办结', en: 'no completions' }];
      const queues = data['queues'] as Record<string, { notYet?: number }>;
      if (queues['q2']) queues['q2'].notYet = 7;
    });
    await open(page, '/dashboard/live');
    await expect(page.locator('[data-trouble="clock:devices"]')).toContainText('时钟');
    await expect(page.locator('[data-trouble="emergency:sb"]')).toContainText('警报');
    await expect(page.locator('[data-trouble]')).toHaveCount(3);
    await page.getByRole('button', { name: '另有 1 条' }).click();
    await expect(page.locator('[data-trouble="budget:tickets"]')).toContainText('容量');
    await expect(page.locator('[data-note-id="caller-3"]')).toContainText('不上报办结');
    await expect(page.locator('tr[data-queue="q2"]')).toContainText('预约未到 7');
  });

  test('a device that has run for 30 million years, one called constructor and a broken address end nothing', async ({
    page,
  }) => {
    for (const device of ['constructor', 'caller-1']) {
      await mosquittoPub(gateway.mqtt, `hall/h1/${device}/device`, {
        type: 'state',
        state: 'online',
      });
    }
    await falsified(page, (data) => {
      const devices = data['devices'] as Record<string, { startedAt?: number; lastSeen?: number }>;
      Object.assign(devices['caller-1'] ?? {}, { startedAt: -1e18, lastSeen: -1e18, skewS: 1e15 });
    });
    const errors = await open(page, '/dashboard/devices#%');
    await expect(page.locator('#mark-constructor')).toBeAttached();
    await page.locator('#mark-caller-1').click();
    await expect(page.locator('[data-detail="caller-1"]')).toContainText('—');
    await page.locator('#mark-constructor').click();
    await expect(page.locator('[data-detail="constructor"]')).toBeVisible();
    await expect(page.locator('[data-failed]')).toHaveCount(0);
    expect(errors).toEqual([]);
  });

  test('the start page names a sign by its window', async ({ page }) => {
    await page.goto(gateway.url);
    const sign = page.locator('a[href="/screen/sign-1"]');
    await expect(sign).toContainText('1 号窗');
  });

  test('29.2 the score page says in a sentence how good the told waits are, at every size', async ({
    page,
  }) => {
    const open = { type: 'state', window: 'w3', state: 'idle' };
    await mosquittoPub(gateway.mqtt, 'hall/h1/caller-1/window', open);
    for (const [type, fields] of [
      ['issued', { queue: 'q2' }],
      ['called', { window: 'w3' }],
      ['serving', { window: 'w3' }],
    ] as const)
      await mosquittoPub(gateway.mqtt, 'hall/h1/caller-1/ticket', {
        ...{ type, id: `score-${type}`, ticket: 'A031', ...fields },
      });
    await page.goto(`${gateway.url}/dashboard/live/score`);
    await page.getByRole('button', { name: '近 7 日' }).click();
    await expect(page.locator('p[data-score=all]')).toContainText('1 人：平均相差');
    await expect(page.locator('tr[data-score=q2]')).toHaveCount(1);
    await expect(page.locator('tr[data-score=formula]')).toHaveCount(1);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      expect(await page.evaluate(checkPage, { scrolls: true, font: 10 })).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, `${size.width} px`).toBeLessThanOrEqual(0);
    }
  });
});
