// What every screen must stand, whatever is on it. Each check returns a list of complaints in words;
// an empty list is a pass.
//
// Everything here runs by evaluation from outside the page, so that it also works where the page's
// own JavaScript is off and its content security policy refuses foreign scripts.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The rules of axe: WCAG 2.2 A and AA, and best practices. */
export async function axe(page) {
  await page.evaluate(AXE);
  const { violations, incomplete } = await page.evaluate((tags) => axe.run(document, {
    runOnly: tags, resultTypes: ['violations', 'incomplete'],
    // Off unless asked for, and asked for by WCAG 2.2 (2.5.8).
    rules: { 'target-size': { enabled: true } },
  }), TAGS);
  const told = violations.flatMap((rule) => rule.nodes.map((node) =>
    `axe ${rule.id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`));
  // What axe could not decide about colour it did not check: that is for us to know.
  return { told, undecided: incomplete.map((rule) => rule.id) };
}

/** No scrolling to the side (WCAG 1.4.10): the page is as wide as its window, and so is all in it. */
export async function reflow(page) {
  return page.evaluate(() => {
    const told = [];
    const wide = document.scrollingElement.scrollWidth;
    if (wide > window.innerWidth) told.push(`the page is ${wide} px wide in a window of ${window.innerWidth}`);
    for (const element of document.querySelectorAll('body *')) {
      const { overflowX } = getComputedStyle(element);
      if (/auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth + 1) {
        told.push(`${element.tagName} .${element.className} scrolls sideways`);
      }
    }
    return told;
  });
}

/**
 * Targets: what stands alone is at least 48 × 48 px, what stands in a line of text at least 24 high.
 * A radio button or checkbox is as large as the label around it.
 */
export async function targets(page) {
  return page.evaluate(() => {
    const told = [];
    const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false });
    for (const element of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [tabindex="0"]')) {
      if (!visible(element) || element.disabled) continue;
      const label = element.matches('input[type=radio], input[type=checkbox]') ? element.labels?.[0] : null;
      const own = element.getBoundingClientRect();
      const box = (label ?? element).getBoundingClientRect();
      // Kept for the keyboard alone until it has the focus (skip links).
      if (own.width <= 1 && own.height <= 1 && !label) continue;
      const inText = element.matches('a') && getComputedStyle(element).display === 'inline';
      const least = inText ? 24 : 48;
      const height = inText ? Math.max(box.height, parseFloat(getComputedStyle(element).lineHeight) || 0) : box.height;
      if (height < least - .5 || (!inText && box.width < least - .5)) {
        told.push(`target too small (${Math.round(box.width)} × ${Math.round(height)}): ${element.outerHTML.slice(0, 120)}`);
      }
    }
    return told;
  });
}

/** No text is cut off, runs out of the window, or lies over other text. */
export async function legible(page) {
  return page.evaluate(() => {
    const told = [];
    const shown = [];
    const hidden = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.visibility === 'hidden' || style.display === 'none') return true;
        const box = at.getBoundingClientRect();
        if (box.width <= 1 && box.height <= 1 && /hidden|clip/.test(style.overflow)) return true;
        if (at.matches('details:not([open]) > :not(summary)')) return true;
      }
      return false;
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.data.trim() || hidden(node.parentElement)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rects = [...range.getClientRects()].filter((rect) => rect.width > 1 && rect.height > 1);
      for (const rect of rects) {
        const words = node.data.trim().slice(0, 40);
        if (rect.left < -1 || rect.right > window.innerWidth + 1) told.push(`runs out of the window: “${words}”`);
        for (let at = node.parentElement; at && at !== document.body; at = at.parentElement) {
          const style = getComputedStyle(at);
          if (!/hidden|clip/.test(style.overflow + style.overflowX + style.overflowY)) continue;
          const box = at.getBoundingClientRect();
          if (rect.left < box.left - 1 || rect.right > box.right + 1 || rect.top < box.top - 2 || rect.bottom > box.bottom + 2) {
            told.push(`cut off by ${at.tagName} .${at.className}: “${words}”`);
          }
        }
        // A line's box reaches above and below its letters; the middle two thirds are the letters.
        const trim = rect.height / 6;
        shown.push({ node, words, left: rect.left + 1, right: rect.right - 1, top: rect.top + trim, bottom: rect.bottom - trim, fixed: !!node.parentElement.closest('[data-fixed]') });
      }
    }
    for (const field of document.querySelectorAll('input:not([type=hidden]):not([type=radio]):not([type=checkbox]):not([type=file]), select')) {
      if (hidden(field) || !field.getClientRects().length) continue;
      const style = getComputedStyle(field);
      if (parseFloat(style.height) < parseFloat(style.fontSize)) told.push(`field lower than its letters: ${field.name}`);
    }
    for (let one = 0; one < shown.length; one += 1) {
      for (let other = one + 1; other < shown.length; other += 1) {
        const [a, b] = [shown[one], shown[other]];
        if (a.node === b.node) continue;
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 1) told.push(`“${a.words}” lies over “${b.words}”`);
      }
    }
    return [...new Set(told)];
  });
}

/** WCAG 1.4.12: nothing is lost when a person spreads letters, words, lines and paragraphs. */
export async function spread(page, check) {
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
  const told = await check();
  await page.evaluate(() => { document.adoptedStyleSheets = document.adoptedStyleSheets.slice(0, -1); });
  return told.map((line) => `with text spread: ${line}`);
}

/** The person's own size of text, in percent, as set in the browser and not by zooming. */
export async function textSize(page, percent) {
  await page.evaluate((size) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`html { font-size: ${size}% !important }`);
    document.adoptedStyleSheets = size === 100 ? [] : [sheet];
  }, percent);
}

/** Every node that the keyboard reaches has a role and a name, the page a language and a title (I5). */
export async function named(page) {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const told = [];
  for (const node of nodes) {
    if (node.ignored) continue;
    const focusable = node.properties?.some((property) => property.name === 'focusable' && property.value.value);
    const role = node.role?.value;
    // The page itself, and what only a link or a script gives the focus to.
    if (['RootWebArea', 'main', 'heading'].includes(role)) continue;
    if (focusable && role !== 'generic' && !node.name?.value?.trim()) told.push(`nameless ${role}`);
  }
  told.push(...await page.evaluate(() => [
    ...(document.documentElement.lang ? [] : ['the page has no language']),
    ...(document.title.trim() ? [] : ['the page has no title']),
    ...(document.querySelectorAll('h1').length === 1 ? [] : [`${document.querySelectorAll('h1').length} titles of level 1`]),
    ...[...document.querySelectorAll('[id]')].map((element) => element.id).filter((id, at, all) => all.indexOf(id) !== at).map((id) => `id ${id} twice`),
  ]));
  return told;
}
