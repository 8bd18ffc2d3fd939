// What people do, step by step, in the words that they see. A journey works with a keyboard or a
// pointer, with JavaScript or without, on pages of many questions or of one: it answers what a page
// asks, and goes on.

import assert from 'node:assert/strict';
import { Person } from './person.mjs';
import { window } from './browser.mjs';
import { scan } from './qr.mjs';
import { SANDBOX, WEB, desk, until } from './stack.mjs';

export const MOTHER = '099196000003';
export const FATHER = '099094000004';
const PASSWORD = 'thu-nghiem';

const born = new Date(Date.now() - 3 * 86_400_000 + 7 * 3_600_000).toISOString().slice(0, 10);

/** Answers to the questions of the birth form, by the words of the question. */
export const BIRTH = {
  'Trường hợp nào đúng với trẻ?': 'Trẻ có Giấy chứng sinh',
  'Có ghi tên cha vào Giấy khai sinh không?': 'Có',
  'Bạn là gì của trẻ?': 'Mẹ',
  'Họ, chữ đệm, tên của bạn': 'Giàng Thị Sáo',
  'Số định danh cá nhân của bạn': MOTHER,
  'Số điện thoại của bạn': '0987654321',
  'Xã, phường, đặc khu nhận hồ sơ': /Lũng Cú/,
  'Họ, chữ đệm, tên của trẻ': 'Vừ Thị Hoa Ban',
  'Ngày sinh của trẻ': born,
  'Giới tính của trẻ': 'Nữ',
  'Nơi sinh': 'Trạm y tế xã Lũng Cú (THỬ NGHIỆM)',
  'Dân tộc của trẻ': 'Mông',
  'Quốc tịch của trẻ': 'Việt Nam',
  'Quê quán của trẻ': 'Xã Lũng Cú, Tuyên Quang',
  'Họ, chữ đệm, tên của mẹ': 'Giàng Thị Sáo',
  'Số định danh cá nhân của mẹ': MOTHER,
  'Ngày sinh của mẹ': '1996-09-21',
  'Dân tộc của mẹ': 'Mông',
  'Quốc tịch của mẹ': 'Việt Nam',
  'Nơi cư trú của mẹ': 'Thôn Thử Nghiệm, xã Lũng Cú',
  'Họ, chữ đệm, tên của cha': 'Vừ Mí Khèn',
  'Số định danh cá nhân của cha': FATHER,
  'Ngày sinh của cha': '1994-12-05',
  'Dân tộc của cha': 'Mông',
  'Quốc tịch của cha': 'Việt Nam',
  'Nơi cư trú của cha': 'Thôn Thử Nghiệm, xã Lũng Cú',
  'Số Giấy chứng sinh': 'TN-99-000017',
};

/** Two copies of her own birth entry. */
export const EXTRACT = {
  'Việc hộ tịch': 'Khai sinh',
  'Số bản sao': '2',
  'Bạn xin cho ai?': 'Cho tôi',
  'Họ, chữ đệm, tên': 'Giàng Thị Sáo',
  'Ngày, tháng, năm sinh': '1996-09-21',
  'Số định danh cá nhân, nếu có': MOTHER,
  'Số điện thoại': '0987654321',
  'Nộp ở xã, phường nào?': /Lũng Cú/,
};

/** From the first page to the home page, in Vietnamese. */
export async function begin(person) {
  await person.open(WEB);
  await person.at('language');
  await person.press('Tiếng Việt');
  await person.at('home');
}

/** Links VNeID from a page that offers it. */
export async function link(person, idNumber = MOTHER) {
  await person.press('Liên kết VNeID');
  await person.at('link');
  await person.press('Mở trang đăng nhập VNeID');
  await logIn(person, idNumber);
}

/** On the way to VNeID, through its login, and back. */
export async function logIn(person, idNumber = MOTHER) {
  const { page } = person;
  const away = () => page.url().startsWith(SANDBOX);
  await until('the login page', away);
  await person.look('VNeID, login');
  await person.fill(/Số định danh cá nhân/, idNumber);
  await person.fill(/Mật khẩu/, PASSWORD);
  await person.press(/Đồng ý và đăng nhập/);
  await until('the way back', () => page.url().startsWith(WEB));
}

export async function openProcedure(person, query, name) {
  await person.press('Tìm thủ tục');
  await person.at('search');
  await person.fill('Bạn cần làm việc gì?', query);
  await person.page.keyboard.press('Enter');
  await person.settle();
  await person.press(name);
  await person.at('procedure');
}

/** From a procedure to the first page of its form. Who has not linked VNeID is asked, and puts it off. */
export async function start(person) {
  await person.press('Bắt đầu');
  if (await person.at(/^(form\/|link$)/) === 'link') {
    await person.press('Để sau');
    await person.at(/^form\//);
  }
}

/** Answers every question on the page that has no answer yet; leaves alone what the state filled in. */
export async function answer(person, answers, files = {}) {
  const asked = await person.page.evaluate(() => [...document.querySelectorAll('.block[data-key]')].map((block) => {
    const label = block.querySelector('legend, label');
    const text = (element) => [...element.childNodes].filter((node) => !node.classList?.contains('optional')).map((node) => node.textContent).join('').trim();
    const kind = [...block.classList].find((name) => /^block-(text-field|date-field|choice|multi-choice|file)$/.test(name))?.slice(6);
    if (!kind) return null;
    const inputs = [...block.querySelectorAll('input:not([type=hidden])')];
    return {
      kind, label: label ? text(label) : '', search: inputs[0]?.type === 'search',
      answered: kind === 'file' ? Boolean(block.querySelector('.source')) : inputs.some((input) => (/radio|checkbox/.test(input.type) ? input.checked : input.value && !input.readOnly)),
      fixed: inputs.some((input) => input.readOnly),
    };
  }).filter(Boolean));
  let changed = false;
  for (const question of asked) {
    if (question.answered || question.fixed) continue;
    const given = answers[question.label];
    if (question.kind === 'file') {
      if (files[question.label]) { await person.attach(question.label, files[question.label]); changed = true; }
      continue;
    }
    if (given === undefined) continue;
    changed = true;
    if (question.kind === 'choice') await person.choose(question.label, given);
    else if (question.kind === 'date-field') await person.date(question.label, given);
    else await person.fill(question.label, given);
  }
  return changed;
}

/** Fills page after page until the review. */
export async function fillForm(person, answers, files = {}) {
  for (let page = 0; page < 60; page += 1) {
    const screen = await person.at(/^(form\/|review)/);
    if (screen === 'review') return;
    // An answer can open another question on the same page.
    for (let round = 0; round < 4 && await answer(person, answers, files); round += 1) await person.settle();
    await person.press('Tiếp tục');
  }
  throw new Error(`the form does not end:\n${await person.page.locator('main').innerText()}`);
}

/** Somebody who has linked VNeID and stands at the first page: how she came there is another test's. */
export async function linked(browser, { js = true, hands = 'keyboard', idNumber = MOTHER, ...eyes } = {}) {
  const person = new Person(await window(browser, { js }), { hands: 'pointer', eyes: null });
  await begin(person);
  await link(person, idNumber);
  await person.at('home');
  return Object.assign(person, { hands }, 'eyes' in eyes ? eyes : { eyes: Person.EYES });
}

/** From the first page to the review of an order of two extracts. */
export async function order(person, answers = EXTRACT, files = {}) {
  await openProcedure(person, 'trích lục hộ tịch', /bản sao Trích lục hộ tịch/);
  await start(person);
  await fillForm(person, answers, files);
}

/** Somebody whose order of two extracts has arrived, at its page; and the code on the receipt. */
export async function filed(browser, options = {}) {
  const person = await linked(browser, { ...options, hands: 'pointer', eyes: null });
  await order(person, options.answers);
  const dossier = await submit(person);
  await person.press('Theo dõi hồ sơ này');
  await person.at('dossier');
  await until('it on the desk', () => desk.find(dossier));
  const { hands = 'keyboard', eyes = Person.EYES } = options;
  return { person: Object.assign(person, { hands, eyes }), dossier };
}

/** Signs and sends; the code on the receipt. */
export async function submit(person, name = 'Nộp hồ sơ') {
  await person.press(name);
  await person.settle();
  await confirm(person, name);
  await sent(person);
  return code(person);
}

/** Waits for the receipt. She is sure, and does not wait for the ten seconds to take it back. */
export async function sent(person) {
  await person.at(/^(sending|sent)$/);
  const now = person.page.getByRole('button', { name: 'Gửi ngay' });
  if (await now.count()) await person.press('Gửi ngay').catch((error) => { if (!/Timeout|not reached/.test(error.message)) throw error; });
  await person.at('sent');
}

/** From a dossier's page to the page of a fee. */
export async function toFee(person, name = /Nộp phí/) {
  await shows(person, () => person.page.getByRole('button', { name }));
  await person.press(name);
  await person.at('fee');
}

/** Waits until something stands on the page: the app asks for news every 15 s, and ever more rarely. Without a script nothing comes by itself: she looks again. */
export async function shows(person, what, seconds = 150) {
  await until('what is waited for on the page', async () => {
    if (await what().count()) return true;
    if (person.page.js === false) { await person.page.waitForTimeout(700); await person.page.reload(); }
    return false;
  }, seconds).catch(async (error) => {
    throw new Error(`${error.message}; the page “${await person.title}” says\n${await person.page.locator('main').innerText()}`);
  });
}

const VNPAY = /: trang thanh toán VNPAY$/;
const VIETQR = /: chuyển khoản, mã VietQR$/;

/** From the page of a fee to the gateway's page. */
export async function toGateway(person) {
  await person.press(VNPAY);
  await confirm(person, VNPAY);
  await shows(person, () => person.page.getByRole('button', { name: 'Mở trang thanh toán' }));
  await person.look('fee, order open');
  await person.press('Mở trang thanh toán');
  await until('the gateway', () => person.page.url().startsWith(SANDBOX));
  await person.look('VNPAY, the gateway');
}

/** Pays on the gateway's page, and comes back. */
export async function payAtGateway(person) {
  await toGateway(person);
  await person.press(/^Trả /);
  await until('the way back', () => person.page.url().startsWith(WEB));
  await person.at('fee');
}

/** From the page of a fee to a code that a banking app can scan; what the code says. */
export async function toCode(person) {
  await person.press(VIETQR);
  await confirm(person, VIETQR);
  await shows(person, () => person.page.locator('[data-key=qr] svg'));
  await person.look('fee, VietQR');
  return scan(person.page);
}

/** Waits for the receipt of a fee; its page says the sum and the receipt's number. */
export async function paid(person) {
  // Who has waited for long looks again: the page offers it.
  const again = person.page.getByRole('button', { name: 'Xem lại ngay' });
  await shows(person, () => person.page.locator('[data-key=receipt]'), 5).catch(async (error) => {
    if (!await again.count()) throw error;
    await person.press('Xem lại ngay');
  });
  await shows(person, () => person.page.locator('[data-key=receipt]'));
  await person.look('fee, paid');
}

/** What goes wrong with what is told of money: `late_callbacks`, … */
export async function fault(part, mode, more = {}) {
  const answer = await fetch(`${SANDBOX}/faults/${part}`, {
    method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ mode, ...more }),
  });
  if (!answer.ok) throw new Error(`${mode} of ${part}: ${answer.status} ${await answer.text()}`);
}

/** Every sum that the gateway or the bank has taken. */
export async function captures() {
  return (await fetch(`${SANDBOX}/vnpay/captures`)).json();
}

/** What has to be confirmed is asked on a page of its own. */
export async function confirm(person, name) {
  await person.page.locator('[data-key=confirm]').waitFor();
  await person.look(`confirm ${name}`);
  await person.press(name);
}

/** The dossier code as the eye reads it. */
export async function code(person) {
  const shown = (await person.page.locator('.block-code .code-text').first().innerText()).split('\n')[0].trim();
  assert.match(shown, /^[A-Z]\d\d\.[\d.]+-\d{6}-\d{4,}$/, 'a dossier code');
  return shown;
}

/** The officer takes it in and finishes it; she opens the result. */
export async function result(person, dossier) {
  await desk.act(dossier, 'accept');
  await desk.act(dossier, 'finish');
  await until('the result on her page', async () => {
    if (await person.page.getByRole('button', { name: /Xem kết quả/ }).count()) return true;
    await person.page.reload();
    return false;
  });
}
