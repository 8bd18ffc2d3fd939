// The office asks for a supplement and she answers it; she asks for a dossier back. The officer
// works at the desk's pages, she by keyboard alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from '../lib/browser.mjs';
import { EXTRACT, code, confirm, filed, sent, shows, submit } from '../lib/journeys.mjs';
import { Officer } from '../lib/officer.mjs';
import { desk, until } from '../lib/stack.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** In the order of the form, which is not the order in which the officer writes them. */
const REASONS = {
  'Đăng ký ở đâu, nếu bạn nhớ': 'Sổ cũ ở hai xã, cho biết xã nào',
  'Dùng vào việc gì? Có thể bỏ trống': 'Cho biết dùng trong nước hay ngoài nước',
  'Số điện thoại': 'Số này gọi không được',
};
const FILED = { ...EXTRACT, [Object.keys(REASONS)[0]]: 'Xã Lũng Táo', [Object.keys(REASONS)[1]]: 'Đi học' };
const QUESTIONS = Object.keys(REASONS);

/** Which question has the focus, or is the one that is asked. */
const asked = (person) => person.page.evaluate(() => {
  const block = document.activeElement.closest('.block[data-key]') ?? document.querySelector('.block-text-field');
  return block?.querySelector('label')?.firstChild.textContent.trim() ?? document.activeElement.outerHTML;
});

for (const js of [true, false]) {
  const how = `${js ? 'with' : 'without'} JavaScript`;

  test(`s11_returned_once: one notice, a reason at each question, the others locked, the same code, ${how}`, async () => {
    const { person, dossier } = await filed(browser, { js, answers: FILED });
    const { page } = person;
    const officer = await Officer.at(browser);
    await officer.open(dossier);
    await officer.press('Tiếp nhận');
    await officer.askSupplement(Object.fromEntries(Object.entries(REASONS).reverse()));
    await officer.look();

    // One message, with all of it.
    await shows(person, () => page.locator('[data-key=supplement] .card'));
    await person.look('dossier, supplement asked');
    const cards = page.locator('[data-key=supplement] .card');
    assert.equal(await cards.count(), QUESTIONS.length);
    for (const [at, question] of QUESTIONS.entries()) {
      const text = await cards.nth(at).innerText();
      assert.ok(text.includes(question) && text.includes(REASONS[question]), `${at}: ${text}`);
    }
    assert.match(await page.locator('[data-key=paused]').innerText(), /tạm dừng/, 'the clock is paused');
    assert.equal(await code(person), dossier);
    await person.press('Trang đầu');
    await person.at('home');
    await person.press(/^Thông báo/);
    await person.at('notices');
    // Her other dossiers have told theirs before, and she has read it.
    const told = page.locator('[data-key=notices] .card', { hasText: 'Yêu cầu bổ sung' }).filter({ hasText: 'Chưa đọc' });
    assert.equal(await told.count(), 1, `told once: ${await page.locator('main').innerText()}`);
    await person.reach(told, 'the notice');
    await page.keyboard.press('Enter');
    await person.settle();
    await person.at('dossier');

    // From each reason to its question.
    for (const at of [2, 0]) {
      await person.reach(cards.nth(at), `the reason at ${QUESTIONS[at]}`);
      await page.keyboard.press('Enter');
      await person.settle();
      await person.at(/^form\//);
      await until(`${QUESTIONS[at]} asked`, async () => await asked(person) === QUESTIONS[at], 10);
      if (at === 0) break;
      await page.goBack();
      await person.at('dossier');
    }
    if (js) {
      const locked = page.locator('.blocks input[readonly]');
      assert.ok(await locked.count() > 0, 'what was not asked for is there to be read');
      assert.equal(await page.locator('.block-choice').count(), 0, 'and not to be changed');
    }
    assert.ok((await page.locator('main').innerText()).includes(REASONS[QUESTIONS[0]]), 'the reason stands at the question');

    const answers = { [QUESTIONS[0]]: 'Xã Lũng Cú', [QUESTIONS[1]]: 'Trong nước', [QUESTIONS[2]]: '0912345678' };
    for (let round = 0; round < 12; round += 1) {
      const screen = await person.at(/^(form\/|review|dossier)/);
      if (screen === 'review') break;
      if (screen === 'dossier') { await person.press('Bổ sung hồ sơ'); continue; }
      await person.look(`supplement, ${screen}`);
      for (const [question, given] of Object.entries(answers)) {
        const field = page.getByRole('textbox', { name: question });
        if (await field.count() && await field.inputValue() !== given) await person.fill(question, given);
      }
      await person.settle();
      await person.press('Tiếp tục');
    }
    assert.equal(await person.screen, 'review');
    await person.look('supplement, review');
    const changes = await page.locator('[data-key=changes]').innerText();
    for (const given of Object.values(answers)) assert.ok(changes.replaceAll(/\s/g, '').includes(given.replaceAll(/\s/g, '')), `${given} in ${changes}`);
    assert.match(changes, /Đã nộp: .*0987/, 'old beside new');
    assert.equal(await submit(person, 'Nộp bổ sung'), dossier, 'the same code');
    await officer.open(dossier);
    await until('the answer on the desk', async () => { await officer.page.reload(); return await officer.page.getByText('Công dân đã nộp bổ sung; ').count() > 0; });
    const desk = await officer.page.locator('main').innerText();
    for (const given of ['Xã Lũng Cú', 'Trong nước', '0912345678', '0987654321']) assert.ok(desk.includes(given), given);
    await officer.look();
    await person.press('Theo dõi hồ sơ này');
    await person.at('dossier');
    await shows(person, () => page.getByText('Đã nộp bổ sung', { exact: false }));
    await person.look('dossier, supplemented');
    person.content();
    await officer.close();
    await page.context().close();
  });

  test(`a dossier that was sent is asked back, and the office decides, ${how}`, async () => {
    const { person, dossier } = await filed(browser, { js });
    const officer = await Officer.at(browser);
    await officer.open(dossier);
    await officer.press('Tiếp nhận');
    await shows(person, () => person.page.getByText('Được tiếp nhận', { exact: false }));
    await person.press('Rút hồ sơ');
    await person.settle();
    await confirm(person, 'Rút hồ sơ');
    await sent(person);
    await person.look('sent, withdrawal');
    assert.match(await person.title, /Đã gửi yêu cầu rút hồ sơ/);
    assert.equal(await code(person), dossier);
    await person.press('Theo dõi hồ sơ này');
    await person.at('dossier');
    await officer.open(dossier);
    await until('the wish on the desk', async () => { await officer.page.reload(); return await officer.page.getByRole('button', { name: 'Đồng ý, trả lại hồ sơ' }).count() > 0; });
    await officer.look();
    await officer.press('Đồng ý, trả lại hồ sơ');
    assert.match(await officer.page.locator('dl').innerText(), /Dừng xử lý/);
    await shows(person, () => person.page.locator('[data-key=status]', { hasText: 'Dừng xử lý' }));
    await person.look('dossier, given back');
    assert.equal(await person.page.getByRole('button', { name: 'Rút hồ sơ' }).count(), 0);
    assert.equal((await desk.find(dossier)).code, dossier);
    person.content();
    await officer.close();
    await person.page.context().close();
  });
}
