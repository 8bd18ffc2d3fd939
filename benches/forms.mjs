// Standard input: { schema, survey, sets, strokes, every, rounds, wholeRounds, repeat }. Answers what each set of
// answers has wrong by ajv, what is asked and wrong in SurveyJS after every so many strokes, and
// the nanoseconds of the quickest round of each.
import Ajv from 'ajv'
import { Model } from 'survey-core'

const chunks = []
for await (const chunk of process.stdin) chunks.push(chunk)
const given = JSON.parse(Buffer.concat(chunks))

const quickest = (rounds, each) => {
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint()
    const count = each()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / count)
  }
  return best
}

const validate = new Ajv({ allErrors: true, strictTypes: false }).compile(given.schema)
const wrong = (set) => {
  if (validate(set)) return []
  const fields = validate.errors.map((error) => error.keyword === 'required'
    ? error.params.missingProperty
    : error.instancePath.slice(1))
  return [...new Set(fields.filter((field) => field !== ''))].sort()
}
const ajv = { wrong: given.sets.map(wrong) }
ajv.nanos = quickest(given.wholeRounds, () => {
  for (let again = 0; again < given.repeat; again++) {
    for (const set of given.sets) validate(set)
  }
  return given.repeat * given.sets.length
})

const fresh = () => {
  const model = new Model(given.survey)
  // Every page counts, not only the one that is shown.
  model.onComplete.clear()
  return model
}
const model = fresh()
const asked = []
given.strokes.forEach(([field, value], at) => {
  model.setValue(field, value)
  if (at % given.every !== 0) return
  const visible = model.getAllQuestions().filter((question) => question.isVisible)
  asked.push({
    asked: visible.map((question) => question.name),
    wrong: visible.filter((question) => !question.validate(false)).map((question) => question.name),
  })
})
const survey = { asked }
let typed = fresh()
survey.nanos = quickest(given.rounds, () => {
  for (const [field, value] of given.strokes) typed.setValue(field, value)
  return given.strokes.length
})
console.log(JSON.stringify({ ajv, survey, versions: [process.version] }))
