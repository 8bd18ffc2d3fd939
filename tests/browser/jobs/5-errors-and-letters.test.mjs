// S12: errors by ear. S13: big letters on a small phone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, photo, window } from '../lib/browser.mjs';
import { BIRTH, answer, begin, fillForm, link, openProcedure, start, submit } from '../lib/journeys.mjs';
import { Person, smallPhone } from '../lib/person.mjs';
import { until } from '../lib/stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** The form's page about the child, with everything before it answered. */
async function atChild(person) {
  await begin(person);
  await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
  await start(person);
  for (const page of ['form/case', 'form/requester']) {
    await person.at(page);
    for (let round = 0; round < 4 && await answer(person, BIRTH); round += 1) await person.settle();
    await person.press('Tiếp tục');
  }
  await person.at('form/child');
}

/** What assistive technology is told about the element that has the focus. */
async function focused(page) {
  const session = await page.context().newCDPSession(page);
  const { result } = await session.send('Runtime.evaluate', { expression: 'document.activeElement' });
  const { nodes } = await session.send('Accessibility.getPartialAXTree', { objectId: result.objectId, fetchRelatives: false });
  await session.detach();
  const [node] = nodes;
  const property = (name) => node.properties?.find((entry) => entry.name === name)?.value.value;
  return { role: node.role.value, name: node.name?.value ?? '', description: node.description?.value ?? '', invalid: property('invalid'), required: property('required') };
}

test('s12_errors_by_ear: the focus goes to the summary, each error is a link, the count falls, each change is said once', async () => {
  const page = await window(browser);
  const person = new Person(page, { eyes: null });
  await atChild(person);
  const left = { ...BIRTH };
  const missing = ['Họ, chữ đệm, tên của trẻ', 'Nơi sinh', 'Dân tộc của trẻ', 'Quê quán của trẻ'];
  for (const label of missing) delete left[label];
  await answer(person, left);
  await person.settle();
  await person.press('Tiếp tục');
  await page.locator('[data-key=errors-list]').waitFor();
  await person.look();

  await until('the focus on the summary', () => page.evaluate(() => Boolean(document.activeElement.closest('.block-notice.tone-problem'))));
  const summary = await page.evaluate(() => document.activeElement.innerText);
  assert.match(summary, /Có 4 câu trả lời cần xem lại/);
  // It has the focus, which reads it; an alert as well would say it twice.
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), null);
  assert.match(await page.title(), /^Lỗi/, 'the title says first that something is wrong');

  const list = page.locator('[data-key=errors-list] .card');
  assert.equal(await list.count(), 4);
  for (const label of missing) assert.equal(await list.filter({ hasText: label }).count(), 1, label);

  // Everything that is said by itself from here on.
  await page.evaluate(() => {
    globalThis.said = [];
    const say = () => { const text = document.querySelector('#live').textContent.trim(); if (text) globalThis.said.push(text); };
    new MutationObserver(say).observe(document.querySelector('#live'), { childList: true, characterData: true, subtree: true });
  });

  await person.reach(list.filter({ hasText: 'Nơi sinh' }), 'the link to the second error');
  await page.keyboard.press('Enter');
  await until('the focus on the field', () => page.evaluate(() => document.activeElement.tagName === 'INPUT'));
  const field = await focused(page);
  assert.match(field.name, /^Nơi sinh/);
  assert.match(field.description, /Cần trả lời câu này/, 'the field says its error');
  assert.match(field.description, /Tên và địa chỉ bệnh viện/, 'the field says its hint');
  assert.equal(field.invalid, 'true');
  assert.equal(field.required, true);

  await page.keyboard.insertText('Trạm y tế xã Lũng Cú (THỬ NGHIỆM)');
  await until('three errors left', async () => await list.count() === 3);
  assert.equal((await focused(page)).name.startsWith('Nơi sinh'), true, 'the focus stays where one types');
  assert.match(await page.locator('.block-notice.tone-problem').first().innerText(), /Có 3 câu/);
  await page.waitForTimeout(1500);
  const said = await page.evaluate(() => globalThis.said);
  assert.equal(said.length, new Set(said).size, `each change is said once: ${said}`);
  await page.context().close();
});

test('s13_big_letters_on_a_small_phone: nothing is cut off or covered, in light, dark, forced colours and more contrast', async () => {
  const page = await window(browser, { width: 320, height: 568 });
  const person = new Person(page, { hands: 'pointer', eyes: smallPhone });
  await begin(person);
  await link(person);
  await person.at('home');
  await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
  await start(person);
  await person.press('Tiếp tục');
  await page.locator('[data-key=errors-list]').waitFor();
  await person.look();
  await fillForm(person, { ...BIRTH, 'Họ, chữ đệm, tên của trẻ': 'Vừ Thị Hoa Lê' }, { 'Ảnh Giấy chứng sinh': await photo(browser) });
  await submit(person);
  person.content();
  await page.context().close();
});
