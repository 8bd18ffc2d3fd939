// What was done can be undone: an answer, a file, a draft that was thrown away, and for ten seconds
// a dossier that was signed. By keyboard alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, photo } from '../lib/browser.mjs';
import { EXTRACT, answer, confirm, linked, openProcedure, order, sent, start } from '../lib/journeys.mjs';
import { desk, until } from '../lib/stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const PAPER = 'Ảnh văn bản ủy quyền';
const FOR_ANOTHER = { ...EXTRACT, 'Bạn xin cho ai?': 'Cho người khác, theo ủy quyền' };

for (const js of [true, false]) {
  const how = `${js ? 'with' : 'without'} JavaScript`;

  test(`an answer, a file and a draft come back, ${how}`, async () => {
    const person = await linked(browser, { js });
    const { page } = person;
    await openProcedure(person, 'trích lục hộ tịch', /bản sao Trích lục hộ tịch/);
    await start(person);

    // An answer that was typed over.
    const copies = page.getByRole('textbox', { name: 'Số bản sao' });
    for (let question = 0; !js && question < 6 && !await copies.count(); question += 1) {
      await answer(person, FOR_ANOTHER);
      await person.press('Tiếp tục');
      await person.settle();
    }
    if (js) { await answer(person, FOR_ANOTHER); await person.settle(); }
    const keep = async (value) => {
      await person.fill('Số bản sao', value);
      await page.keyboard.press('Tab');
      // Saved as one types; without a script when one goes on, and then comes back.
      if (js) await until('it saved', async () => /Đã lưu/.test(await page.locator('#live').innerText()) || await page.locator('[data-key="copies~undo"]').count() > 0, 10);
      else { await person.press('Tiếp tục'); await person.settle(); await page.goBack(); await page.reload(); await person.at(/^form\//); }
      await person.settle();
    };
    await keep('3');
    // Within one visit to a question there is one answer: she has to have been elsewhere.
    if (js) { await person.fill('Dùng vào việc gì?', 'Đi học'); await person.settle(); }
    await keep('5');
    const undo = page.locator('[data-key="copies~undo"] .card');
    await undo.waitFor();
    await person.look('form, an answer to undo');
    assert.match(await undo.innerText(), /Lấy lại câu trả lời trước/);
    await person.reach(undo, 'undo the answer');
    await page.keyboard.press('Enter');
    await until('the answer from before', async () => await copies.count() > 0 && await copies.inputValue() === '3', 10);

    // A file that was taken off.
    for (let round = 0; round < 20 && !await page.getByLabel(PAPER).count(); round += 1) {
      await answer(person, FOR_ANOTHER);
      await person.settle();
      await page.waitForTimeout(500);
      if (await page.getByLabel(PAPER).count()) break;
      await person.press('Tiếp tục');
      await person.settle();
    }
    const attached = await photo(browser);
    await person.attach(PAPER, attached);
    // Without a script a file goes with the page; she comes back to see it.
    if (!js) { await person.press('Tiếp tục'); await person.settle(); await page.goBack(); await page.reload(); }
    const remove = page.getByRole('button', { name: 'Bỏ tệp này' });
    await remove.waitFor();
    await person.look('form, a file added');
    await person.press(/^Bỏ tệp này/);
    const back = page.locator('[data-key="authority.photo~undo"] .card');
    await back.waitFor();
    await person.look('form, a file removed');
    await person.reach(back, 'undo the removal');
    await page.keyboard.press('Enter');
    await person.settle();
    await remove.waitFor();

    // A draft that was thrown away.
    await person.press('Bỏ hồ sơ này');
    await confirm(person, 'Bỏ hồ sơ này');
    await person.at('home');
    await person.look('home, a draft thrown away');
    await person.press('Lấy lại tờ khai vừa bỏ');
    await page.locator('[data-key=drafts] .card').waitFor();
    await person.reach(page.locator('[data-key=drafts] .card').first(), 'the draft');
    await page.keyboard.press('Enter');
    await person.settle();
    await person.at(/^(form\/|review)/);
    await person.page.goto(page.url());
    person.content();
    await page.context().close();
  });

  test(`what was signed is taken back within ten seconds, and is filed when she is sure, ${how}`, async () => {
    const person = await linked(browser, { js });
    const known = (await desk.dossiers()).length;
    await order(person);
    await person.press('Nộp hồ sơ');
    await person.settle();
    await confirm(person, 'Nộp hồ sơ');
    await person.at('sending');
    await person.look('sending, held');
    await person.press('Lấy lại, chưa gửi');
    await person.at('review');
    // Longer than it would have waited.
    await person.page.waitForTimeout(11_000);
    assert.equal((await desk.dossiers()).length, known, 'nothing was sent');
    await person.press('Nộp hồ sơ');
    await person.settle();
    await confirm(person, 'Nộp hồ sơ');
    await sent(person);
    await until('one dossier', async () => (await desk.dossiers()).length === known + 1);
    person.content();
    await person.page.context().close();
  });
}
