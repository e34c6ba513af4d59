// Times @cloud-copilot/iam-simulate: node iam_simulate.cjs FOLDER QUESTIONS
//   FOLDER is where npm installed the package, QUESTIONS a JSON file as engine_peers.py writes it.
// Asked without the package's own checks of its input, which would take most of the time. One JSON object on standard
// output: the answers (true for allowed) and the microseconds of CPU time that each question took.
'use strict'

const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')

const [folder, questionsFile] = process.argv.slice(2)
const { runUnsafeSimulation } = createRequire(path.join(path.resolve(folder), 'here.js'))('@cloud-copilot/iam-simulate')
const { documents, account, principal, questions, budget_seconds: budget } = JSON.parse(readFileSync(questionsFile, 'utf8'))

const named = (list) => list.map(([name, policy]) => ({ name, policy }))
const fixed = {
  identityPolicies: named(documents.identity),
  serviceControlPolicies: documents.scps.map((level, place) => ({ orgIdentifier: `level-${place}`, policies: named(level) })),
  resourceControlPolicies: [],
}
if (documents.boundary !== null) fixed.permissionBoundaryPolicies = named(documents.boundary)

const ask = ({ action, resource, context }) =>
  runUnsafeSimulation(
    {
      ...fixed,
      request: { principal, action, resource: { resource, accountId: account }, contextVariables: { ...context } },
    },
    { simulationMode: 'Strict' }
  ) === 'Allowed'

const microseconds = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

for (const question of questions.slice(0, 50)) ask(question) // lets the compiler warm up
const answers = []
const started = microseconds()
for (const question of questions) {
  answers.push(ask(question))
  if (microseconds() - started > budget * 1e6) break
}
console.log(JSON.stringify({ answers, microseconds: (microseconds() - started) / answers.length }))
