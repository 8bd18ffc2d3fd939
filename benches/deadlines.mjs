// Standard input: { off, worked, cases: [[received on the clock in Vietnam, working days]], rounds }.
// The days on which results are due, and the nanoseconds of the quickest round for one.
import moment from 'moment-business-days'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const given = JSON.parse(Buffer.concat(chunks))

moment.updateLocale('en', {
  holidays: given.off,
  holidayFormat: 'YYYY-MM-DD',
  workingWeekdays: [1, 2, 3, 4, 5],
  // Tết is longer than the week after which it would give up.
  nextBusinessDayLimit: 31,
})

// It knows no Saturday that is worked in exchange.
const worked = new Set(given.worked)
const usual = moment.fn.isBusinessDay
moment.fn.isBusinessDay = function () {
  return usual.call(this) || worked.has(this.format('YYYY-MM-DD'))
}

const due = ([received, days]) => {
  let day = moment(received)
  const late = day.hours() * 60 + day.minutes() > 15 * 60
  if (!day.isBusinessDay() || late) day = day.nextBusinessDay()
  return day.businessAdd(days).format('YYYY-MM-DD')
}
const days = given.cases.map(due)
let nanos = Infinity
for (let round = 0; round < given.rounds; round++) {
  const start = process.hrtime.bigint()
  for (const one of given.cases) due(one)
  nanos = Math.min(nanos, Number(process.hrtime.bigint() - start) / given.cases.length)
}
console.log(JSON.stringify({ days, nanos }))
