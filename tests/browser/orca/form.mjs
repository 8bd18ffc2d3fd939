// Orca reads the first form page of job 1 aloud. What it said is compared, not what the page holds.
//
// Role and state words are Orca's own ("edit", "required", in the language it was built for) and
// differ between its versions, so what is asserted is our words, and that Orca's words for the
// state stand beside them in one of the forms it has.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { launch, window } from '../lib/browser.mjs';
import { begin, openProcedure } from '../lib/journeys.mjs';
import { Person } from '../lib/person.mjs';

const REQUIRED = /required|bắt buộc|cần thiết/i;
const INVALID = /invalid|không hợp lệ|sai/i;

let read = 0;
const lines = () => readFileSync(process.env.HEARD, 'utf8').split('\n').filter(Boolean);

/** What has been said since this was last asked, once nothing more has come for a while. */
async function heard(quiet = 1500) {
  let count = -1;
  while (count !== lines().length) { count = lines().length; await pause(quiet); }
  const said = lines().slice(read);
  read = count;
  console.log(said.map((line) => `  ♪ ${line}`).join('\n'));
  return said.join('\n');
}

const browser = await launch({ headless: false, args: ['--force-renderer-accessibility', '--lang=vi', '--window-size=1200,850'] });
const page = await window(browser, { width: 1180, height: 700 });
const person = new Person(page, { hands: 'keyboard', eyes: null });
await begin(person);
const shown = execFileSync('xdotool', ['search', '--onlyvisible', '--class', 'chromium']).toString().trim().split('\n').pop();
execFileSync('xdotool', ['windowfocus', '--sync', shown], { timeout: 5000 });
await page.bringToFront();
await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
await heard();
await person.press('Bắt đầu');
await person.at(/^form\/case/);

console.log('— the page opens —');
let said = await heard();
assert.match(said, /Trường hợp của bạn/, 'the title of the page is said when it opens');

const failures = [];
const expect = (what, pattern, where = said) => { if (!pattern.test(where)) failures.push(`${what}: expected ${pattern} in:\n${where}`); };

console.log('— Tab to the first question —');
const first = page.getByRole('radio', { name: 'Trẻ có Giấy chứng sinh' });
await person.reach(first, 'the first answer');
said = await heard();
expect('the question', /Trường hợp nào đúng với trẻ/);
expect('the answer', /Trẻ có Giấy chứng sinh/);
expect('that it is required', REQUIRED);
expect('the hint', /Giấy chứng sinh là giấy bệnh viện/);

console.log('— go on without an answer —');
await person.press('Tiếp tục');
await page.locator('[data-key=errors-list]').waitFor();
said = await heard();
expect('how many answers are missing', /câu trả lời cần xem lại/);
const announced = said.match(/câu trả lời cần xem lại/g)?.length;
if (announced !== 1) failures.push(`the summary is said ${announced ?? 0} times, not once`);

console.log('— the error at its question —');
await person.reach(first, 'the first answer');
said = await heard();
expect('the error', /Cần (chọn|trả lời)/);

console.log('— choose: it is saved —');
await page.keyboard.press('Space');
said = await heard(2500);
expect('the live line that says it is kept', /[Đđ]ã (được )?lưu|được giữ/);

await browser.close();
if (failures.length) {
  console.error(`\n${failures.length} things were not heard:\n${failures.join('\n\n')}`);
  process.exit(1);
}
console.log('\nall of it was heard');
