// Times @cloud-copilot/iam-simulate: node iam_simulate.cjs FOLDER QUESTIONS (unchecked | inner)
//   FOLDER is where npm installed the package, QUESTIONS a JSON file as engine_peers.py writes it.
// `unchecked` is the fastest of its public functions: without the package's checks of its input, which would take most
// of the time. `inner` reaches past what the package exports, for the function in which the decision itself is made,
// with policies that were loaded before: nobody can use that through its documented interface.
// One JSON object on standard output: the answers (true for allowed) and the microseconds of CPU time that each
// question took.
'use strict'

const { readFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const path = require('node:path')

const [folder, questionsFile, way] = process.argv.slice(2)
const load = createRequire(path.join(path.resolve(folder), 'here.js'))
const { documents, account, principal, questions, budget_seconds: budget } = JSON.parse(readFileSync(questionsFile, 'utf8'))

const unchecked = () => {
  const { runUnsafeSimulation } = load('@cloud-copilot/iam-simulate')
  const named = (list) => list.map(([name, policy]) => ({ name, policy }))
  const fixed = {
    identityPolicies: named(documents.identity),
    serviceControlPolicies: documents.scps.map((level, place) => ({ orgIdentifier: `level-${place}`, policies: named(level) })),
    resourceControlPolicies: [],
  }
  if (documents.boundary !== null) fixed.permissionBoundaryPolicies = named(documents.boundary)
  return ({ action, resource, context }) =>
    runUnsafeSimulation(
      {
        ...fixed,
        request: { principal, action, resource: { resource, accountId: account }, contextVariables: { ...context } },
      },
      { simulationMode: 'Strict' }
    ) === 'Allowed'
}

const inner = () => {
  const inside = path.dirname(load.resolve('@cloud-copilot/iam-simulate'))
  const { authorize } = require(path.join(inside, 'core_engine', 'CoreSimulatorEngine.js'))
  const { AwsRequestImpl } = require(path.join(inside, 'request', 'request.js'))
  const { RequestContextImpl } = require(path.join(inside, 'requestContext.js'))
  const { DiscoveryContextKeyConstraints } = require(path.join(inside, 'context_keys', 'discoveryContextKeyConstraints.js'))
  const { loadPolicy } = createRequire(path.join(inside, 'here.js'))('@cloud-copilot/iam-policy')
  const loaded = (list) => list.map(([name, policy]) => loadPolicy(policy, { name }))
  const fixed = {
    sessionPolicy: undefined,
    identityPolicies: loaded(documents.identity),
    serviceControlPolicies: documents.scps.map((level, place) => ({ orgIdentifier: `level-${place}`, policies: loaded(level) })),
    resourceControlPolicies: [],
    resourcePolicy: undefined,
    permissionBoundaries: documents.boundary === null ? undefined : loaded(documents.boundary),
    vpcEndpointPolicies: undefined,
    simulationParameters: {
      simulationMode: 'Strict',
      discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]),
    },
    serviceSettings: { s3: {} },
  }
  return ({ action, resource, context }) =>
    authorize({
      ...fixed,
      request: new AwsRequestImpl(principal, { resource, accountId: account }, action, new RequestContextImpl({ ...context })),
    }).result === 'Allowed'
}

const ask = way === 'inner' ? inner() : unchecked()

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
