// Orca reads the first form page of job 1 aloud. What it said is compared, not what the page holds.
//
// Role and state words are Orca's own ("edit", "required", in the language it was built for) and
// differ between its versions, so what is asserted is our words, and that Orca's words for the
// state stand beside them in one of the forms it has.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { standing } from '../lib/browser.mjs';
import { begin, openProcedure, start } from '../lib/journeys.mjs';
import { Person } from '../lib/person.mjs';

const REQUIRED = /required|yêu cầu|bắt buộc/i;

let read = 0;
const lines = () => readFileSync(process.env.HEARD, 'utf8').split('\n').filter(Boolean);

const failures = [];

/** Waits until each of these has been said since the last time; what is never said is a failure. */
async function hears(what, patterns, seconds = 30) {
  console.log(`— ${what} —`);
  const since = () => lines().slice(read).join('\n');
  for (const end = Date.now() + seconds * 1000; Date.now() < end && !patterns.every((pattern) => pattern.test(since()));) await pause(200);
  // The rest of the sentence.
  for (let count = -1; count !== lines().length;) { count = lines().length; await pause(1200); }
  const said = since();
  read = lines().length;
  console.log(said.replace(/^/gm, '  ♪ '));
  for (const pattern of patterns) if (!pattern.test(said)) failures.push(`${what}: ${pattern} was not said`);
  return said;
}

/** Keys that reach the screen reader before the browser. */
const key = (name) => execFileSync('xdotool', ['key', name], { timeout: 5000 });

const page = await standing(`${process.env.ROOM}/chromium`, ['--force-renderer-accessibility', '--lang=vi', '--window-size=1200,850'], { width: 1180, height: 700 });
const person = new Person(page, { hands: 'keyboard', eyes: null });
await begin(person);
const shown = execFileSync('xdotool', ['search', '--onlyvisible', '--class', 'chromium']).toString().trim().split('\n').pop();
execFileSync('xdotool', ['windowfocus', '--sync', shown], { timeout: 5000 });
await page.bringToFront();
await openProcedure(person, 'khai sinh', /Thủ tục đăng ký khai sinh/);
await start(person);
await person.at('form/case');
await hears('the form opens', [/Trường hợp của bạn/]);

// Orca often reads a page that opens, and not always: she asks for it.
key('ctrl+Home');
key('KP_Add');
await hears('read from the top', [/Trường hợp nào đúng với trẻ/, /Giấy chứng sinh là giấy bệnh viện/, /Tiếp tục/]);

const first = page.getByRole('radio', { name: 'Trẻ có Giấy chứng sinh' });
await person.reach(first, 'the first answer');
await hears('the first answer', [/Trẻ có Giấy chứng sinh/]);

await person.press('Tiếp tục');
await page.locator('[data-key=errors-list]').waitFor();
const summary = await hears('going on without an answer', [/Có 2 câu trả lời cần xem lại/]);
const times = summary.match(/Có 2 câu trả lời cần xem lại/g)?.length ?? 0;
if (times > 1) failures.push(`the summary is said ${times} times, not once`);

await person.reach(first, 'the first answer');
await hears('the error at its question', [/Cần chọn một câu trả lời/]);

await page.keyboard.press('Space');
await hears('an answer is kept', [/Đã lưu/]);

await person.choose('Có ghi tên cha vào Giấy khai sinh không?', 'Có');
await person.press('Tiếp tục');
await person.at('form/requester');
await hears('the next page', [/Người khai và nơi nộp/]);
await person.reach(page.getByRole('textbox', { name: 'Số định danh cá nhân của bạn' }), 'the id number');
await hears('a field that has to be filled', [/Số định danh cá nhân của bạn/, REQUIRED, /12 chữ số trên thẻ căn cước/]);

await page.context().close();
if (failures.length) {
  console.error(`\n${failures.length} things were not as they should be heard:\n${failures.join('\n')}`);
  process.exit(1);
}
console.log('\nall of it was heard');
