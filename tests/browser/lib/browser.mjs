// Debian's Chromium, and a window for each person.

import { chromium } from 'playwright-core';

const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage',
];

/** @param {{headless?: boolean, args?: string[]}} options */
export function launch({ headless = true, args = [] } = {}) {
  return chromium.launch({ headless, executablePath: process.env.GANDAN_CHROMIUM ?? '/usr/bin/chromium', args: [...ARGS, ...args] });
}

/** A window of 1280 × 1024 whose person has cookies of their own. */
export async function window(browser, { js = true, width = 1280, height = 1024, ...options } = {}) {
  const context = await browser.newContext({
    javaScriptEnabled: js, viewport: { width, height }, locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh',
    // Pictures and measures are of the page at rest.
    reducedMotion: 'reduce', ...options,
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  // A script error is a bug of ours even if nobody sees it.
  page.js = js;
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(`script error: ${error.message}`));
  page.on('console', (message) => { if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text())) page.complaints.push(message.text()); });
  return page;
}

/**
 * The page to hold against the checks. Where JavaScript is off no timer runs, and axe needs them: the
 * page as it stands is shown again in a window where scripts may run, and none of ours does.
 */
export async function checkable(page) {
  if (page.js !== false) return page;
  if (!page.mirror) {
    const context = await page.context().browser().newContext({ viewport: page.viewportSize(), locale: 'vi-VN', reducedMotion: 'reduce' });
    page.mirror = await context.newPage();
    page.context().once('close', () => context.close().catch(() => {}));
    await page.mirror.route('**/*', (route) => {
      const request = route.request();
      if (request.resourceType() === 'document') return route.fulfill({ contentType: 'text/html; charset=utf-8', body: page.html });
      return request.resourceType() === 'script' ? route.abort() : route.continue();
    });
  }
  page.html = await page.content();
  await page.mirror.goto(page.url());
  return page.mirror;
}

/** A photo of a paper: invented, and no two alike. */
export async function photo(browser, words = 'THỬ NGHIỆM') {
  const page = await browser.newPage({ viewport: { width: 480, height: 320 } });
  await page.setContent(`<body style="font:32px sans-serif;background:#eed"><p>${words}<p>${crypto.randomUUID()}`);
  const buffer = await page.screenshot({ type: 'jpeg', quality: 60 });
  await page.close();
  return { name: 'giay-chung-sinh.jpg', mimeType: 'image/jpeg', buffer };
}
