// Asks @cloud-copilot/iam-simulate: one simulation a line on standard input, one answer a line on standard output.
//   node ask.cjs FOLDER        FOLDER is where npm installed the package
// Each is asked twice: `validated` with the package's checks of policies, actions and context keys, and `plain` without.
// A worker asks, so that a question on which the package does not come to an end can be given up.
'use strict'

const { createRequire } = require('node:module')
const path = require('node:path')
const readline = require('node:readline')
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

const SECONDS = 10

function serve() {
  const { runSimulation, runUnsafeSimulation } = createRequire(path.join(path.resolve(workerData), 'here.js'))(
    '@cloud-copilot/iam-simulate'
  )
  const strict = { simulationMode: 'Strict' }

  async function validated(simulation) {
    const response = await runSimulation(simulation, strict)
    if (response.resultType === 'error') return { error: JSON.stringify(response.errors) }
    const results = response.resultType === 'single' ? [response.result] : response.results
    return { answer: response.overallResult, ignored: results.flatMap((result) => result.ignoredContextKeys ?? []) }
  }

  const ways = { validated, plain: async (simulation) => ({ answer: runUnsafeSimulation(simulation, strict) }) }
  parentPort.on('message', async ({ way, simulation }) => {
    try {
      parentPort.postMessage(await ways[way](simulation))
    } catch (error) {
      parentPort.postMessage({ error: `thrown: ${error.message}` })
    }
  })
  parentPort.postMessage({ ready: true })
}

async function started(folder) {
  const worker = new Worker(__filename, { workerData: folder })
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  return worker
}

function answer(worker, question) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ error: `no answer in ${SECONDS} s`, stuck: true }), SECONDS * 1000)
    worker.once('message', (given) => {
      clearTimeout(timer)
      resolve(given)
    })
    worker.postMessage(question)
  })
}

async function main(folder) {
  let worker = await started(folder)
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, simulation } = JSON.parse(line)
    const answers = { id }
    for (const way of ['validated', 'plain']) {
      answers[way] = await answer(worker, { way, simulation })
      if (answers[way].stuck) {
        await worker.terminate()
        worker = await started(folder)
      }
    }
    console.log(JSON.stringify(answers))
  }
  await worker.terminate()
}

if (isMainThread) main(process.argv[2])
else serve()
