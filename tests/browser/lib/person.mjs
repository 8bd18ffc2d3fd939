// A person at the browser. She knows what things are called, and nothing of how the page is made:
// every control is found by its role and its name, as a screen reader would list it.
//
// With `hands: 'keyboard'` she has no pointer at all: she reaches a control by Tab and the arrows,
// and what Tab does not reach, or reaches without the focus showing, she cannot use (I5).

import assert from 'node:assert/strict';
import { checkable } from './browser.mjs';
import { axe, legible, named, reflow, spread, targets, textSize } from './checks.mjs';

/** More presses of Tab than any page of ours has stops; then it is a trap. */
const MOST_STOPS = 150;

/** Zoom of a window of 1280 × 1024, as the page sees it. */
const ZOOMS = [{ zoom: 100, width: 1280, height: 1024 }, { zoom: 200, width: 640, height: 512 }, { zoom: 400, width: 320, height: 256 }];

/** What everySize has seen: a screen that another person has come to is the same screen. */
const seen = new Set();

/** Every check, at each zoom. Dark colours are other colours, and not another layout: they are checked once. */
export async function everySize(shown, screen) {
  const name = `${shown.js === false ? 'without' : 'with'} JavaScript: ${screen}`;
  if (seen.has(name)) return [];
  seen.add(name);
  const page = await checkable(shown);
  const told = [];
  const tell = (where, lines) => told.push(...lines.map((line) => `${where}: ${line}`));
  const before = page.viewportSize();
  tell('tree', await named(page));
  for (const { zoom, width, height } of ZOOMS) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of zoom === 100 ? ['dark', 'light'] : ['light']) {
      await page.emulateMedia({ colorScheme });
      tell(`${zoom} % ${colorScheme}`, (await axe(page)).told);
    }
    tell(`${zoom} %`, [...await reflow(page), ...await targets(page), ...await legible(page)]);
  }
  tell('400 %', await spread(page, async () => [...await reflow(page), ...await legible(page)]));
  await page.setViewportSize(before);
  return told;
}

/** A small phone, upright and on its side, with letters of two and of three times their size. */
export async function smallPhone(page) {
  const told = [];
  const before = page.viewportSize();
  for (const [width, height] of [[320, 568], [568, 320]]) {
    await page.setViewportSize({ width, height });
    for (const letters of [100, 200, 320]) {
      await textSize(page, letters);
      for (const [how, media] of [
        ['light', { colorScheme: 'light', forcedColors: 'none', contrast: 'no-preference' }],
        ['dark', { colorScheme: 'dark', forcedColors: 'none', contrast: 'no-preference' }],
        ['forced colours', { colorScheme: 'dark', forcedColors: 'active', contrast: 'no-preference' }],
        ['more contrast', { colorScheme: 'light', forcedColors: 'none', contrast: 'more' }],
      ]) {
        await page.emulateMedia(media);
        const lines = [...await reflow(page), ...await legible(page)];
        if (letters === 100) lines.push(...await targets(page));
        told.push(...lines.map((line) => `${width} × ${height}, letters ${letters} %, ${how}: ${line}`));
      }
    }
  }
  await textSize(page, 100);
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', contrast: 'no-preference' });
  await page.setViewportSize(before);
  return told;
}

export class Person {
  static EYES = everySize;

  /** `eyes`: what she does with each screen that she has not seen; gets the page and its name. */
  constructor(page, { hands = 'keyboard', eyes = everySize } = {}) {
    Object.assign(this, { page, hands, eyes, looked: new Set(), complaints: [] });
  }

  get screen() { return this.read(() => document.querySelector('[data-screen]')?.dataset.screen ?? ''); }
  get title() { return this.read(() => document.querySelector('h1')?.innerText ?? ''); }

  /** Reads the page; where it goes away meanwhile, the one that follows. */
  async read(what) {
    for (;;) {
      try {
        return await this.page.evaluate(what);
      } catch (error) {
        if (!/Execution context was destroyed/.test(error.message)) throw error;
        await this.page.waitForLoadState();
      }
    }
  }

  async open(url) {
    await this.page.goto(url);
    await this.look();
  }

  /** Waits until this screen stands there, and looks at it. */
  async at(screen) {
    const wanted = screen instanceof RegExp ? screen : new RegExp(`^${screen.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    for (let tries = 0; tries < 150; tries += 1) {
      const shown = await this.screen.catch(() => '');
      if (wanted.test(shown)) { await this.look(); return shown; }
      await this.page.waitForTimeout(200);
    }
    throw new Error(`expected screen ${screen}, still at ${await this.screen} “${await this.title}”\n${await this.page.locator('main').innerText()}`);
  }

  // ------------------------------------------------------------------ hands

  async reach(target, what) {
    if (this.hands !== 'keyboard') { await target.scrollIntoViewIfNeeded(); return; }
    const handle = await target.elementHandle();
    assert.ok(handle, `${what} is on the page`);
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      const there = await handle.evaluate((element) => {
        const active = document.activeElement;
        return active === element || (element.type === 'radio' && active?.type === 'radio' && active.name === element.name && active.form === element.form);
      });
      if (there) { await this.seesFocus(what); return; }
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`${what} is not reached by Tab within ${MOST_STOPS} stops`);
  }

  /** The focus shows, and is not covered (WCAG 2.4.7, 2.4.11). */
  async seesFocus(what) {
    const seen = await this.page.evaluate(() => {
      const element = document.activeElement;
      // The ring of an option goes round the whole box that can be pressed.
      const shown = element.matches('.option input') ? element.labels[0] : element;
      const style = getComputedStyle(shown);
      const box = shown.getBoundingClientRect();
      const inView = box.bottom > 0 && box.top < window.innerHeight;
      const at = document.elementFromPoint(Math.min(Math.max(box.left + box.width / 2, 0), window.innerWidth - 1), Math.min(Math.max(box.top + box.height / 2, 0), window.innerHeight - 1));
      return { ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2, inView, covered: !(at && (shown.contains(at) || at.contains(shown))) };
    });
    if (!seen.ring) this.complaints.push(`${what}: no ring shows the focus`);
    if (!seen.inView) this.complaints.push(`${what}: has the focus out of sight`);
    else if (seen.covered) this.complaints.push(`${what}: has the focus under something else`);
  }

  control(name, roles = ['button', 'link']) {
    const main = this.page.locator('body');
    return roles.map((role) => main.getByRole(role, { name, exact: typeof name === 'string' })).reduce((one, other) => one.or(other)).first();
  }

  async press(name) {
    const target = this.control(name);
    await target.waitFor();
    await this.reach(target, `“${name}”`);
    await this.page.evaluate(() => { document.documentElement.dataset.left = '1'; });
    if (this.hands === 'keyboard') await this.page.keyboard.press('Enter');
    else await target.click();
    await this.settle();
  }

  async fill(label, value) {
    const target = this.page.getByRole('textbox', { name: label, exact: false }).or(this.page.getByRole('searchbox', { name: label })).first();
    await this.reach(target, `“${label}”`);
    await this.type(target, value);
  }

  async type(target, value) {
    if (this.hands === 'keyboard') {
      await this.page.keyboard.press('Control+a');
      await this.page.keyboard.press('Delete');
      await this.page.keyboard.insertText(value);
    } else await target.fill(value);
  }

  /** `yyyy-mm-dd` into day, month and year. */
  async date(group, value) {
    const fields = this.page.getByRole('group', { name: group }).getByRole('textbox');
    const parts = value.split('-').reverse().map((part) => String(Number(part)));
    for (const [at, part] of parts.entries()) {
      await this.reach(fields.nth(at), `“${group}”, part ${at + 1}`);
      await this.type(fields.nth(at), part);
    }
  }

  async choose(group, option) {
    const set = this.page.getByRole('radiogroup', { name: group }).or(this.page.getByRole('group', { name: group })).first();
    const target = set.getByRole('radio', { name: option }).first();
    await this.reach(target, `“${option}”`);
    if (this.hands !== 'keyboard') { await target.check(); return; }
    const handle = await target.elementHandle();
    for (let presses = 0; presses < 60; presses += 1) {
      if (await handle.evaluate((element) => document.activeElement === element)) break;
      await this.page.keyboard.press('ArrowDown');
    }
    if (!await handle.evaluate((element) => element.checked)) await this.page.keyboard.press('Space');
  }

  async attach(label, file) {
    const target = this.page.getByLabel(label).first();
    if (this.hands !== 'keyboard') await target.setInputFiles(file);
    // What she sees is what she goes by: no window to choose from, so she presses again.
    for (let tries = 0; this.hands === 'keyboard'; tries += 1) {
      await this.reach(target, `“${label}”`);
      const opened = this.page.waitForEvent('filechooser', { timeout: 10_000 });
      await this.page.keyboard.press('Space');
      const chooser = await opened.catch((error) => { if (tries === 2) throw error; });
      if (!chooser) continue;
      await chooser.setFiles(file);
      break;
    }
    await this.settle();
  }

  /** Until what was pressed has had its effect: another page, or this one at rest again. */
  async settle() {
    for (let tries = 0; tries < 100; tries += 1) {
      await this.page.waitForTimeout(100);
      const busy = await this.page.evaluate(() => document.readyState !== 'complete' || document.documentElement.dataset.left === '1'
        || Boolean(document.querySelector('#screen-form[aria-busy=true], .blocks [aria-busy=true]'))).catch(() => true);
      if (!busy) return;
      // A page that was left and is still there after a while stays: nothing more will come.
      if (tries === 20) await this.page.evaluate(() => { delete document.documentElement.dataset.left; }).catch(() => {});
    }
  }

  // ------------------------------------------------------------------ eyes

  /** Looks at the screen as it stands, once for each name. */
  async look(name) {
    if (!this.eyes) return;
    const errors = await this.page.locator('.has-error').count();
    const screen = `${name ?? await this.screen}${errors ? ' with errors' : ''}`;
    if (this.looked.has(screen)) return;
    this.looked.add(screen);
    const told = await this.eyes(this.page, screen);
    this.complaints.push(...(told ?? []).map((line) => `${screen}, ${line}`));
  }

  /** Fails if anything was wrong on the way. */
  content() {
    const all = [...new Set([...this.complaints, ...this.page.complaints])];
    assert.equal(all.length, 0, `\n${all.join('\n')}`);
  }
}
