// Asks @cloud-copilot/iam-simulate: one simulation a line on standard input, one answer a line on standard output.
//   node ask.cjs FOLDER        FOLDER is where npm installed the package
// Each is asked twice: `validated` with the package's checks of policies, actions and context keys, and `plain` without.
'use strict'

const { createRequire } = require('node:module')
const path = require('node:path')
const readline = require('node:readline')

const { runSimulation, runUnsafeSimulation } = createRequire(path.join(path.resolve(process.argv[2]), 'here.js'))(
  '@cloud-copilot/iam-simulate'
)

async function validated(simulation) {
  try {
    const response = await runSimulation(simulation, { simulationMode: 'Strict' })
    if (response.resultType === 'error') return { error: JSON.stringify(response.errors) }
    const results = response.resultType === 'single' ? [response.result] : response.results
    return { answer: response.overallResult, ignored: results.flatMap((result) => result.ignoredContextKeys ?? []) }
  } catch (error) {
    return { error: `thrown: ${error.message}` }
  }
}

function plain(simulation) {
  try {
    return { answer: runUnsafeSimulation(simulation, { simulationMode: 'Strict' }) }
  } catch (error) {
    return { error: `thrown: ${error.message}` }
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, simulation } = JSON.parse(line)
    console.log(JSON.stringify({ id, validated: await validated(simulation), plain: plain(simulation) }))
  }
}

main()
