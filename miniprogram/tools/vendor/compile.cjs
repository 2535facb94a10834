/**
 * Compiles a built mini-program with WeChat's own compiler: `node compile.cjs FOLDER`. Exit code 1 if it refuses.
 *
 * It needs no account, key or network: what it would ask WeChat for (the project's rights, the files it may hold) is
 * answered here, with a throw-away key for its constructor. These stubs reach into its inside, so its version is
 * pinned exactly. The limit of 2 MiB is checked by tools/weigh.mjs; without a network it does not ask for it.
 */
const { generateKeyPairSync } = require('node:crypto')
const { resolve } = require('node:path')
const files = require('miniprogram-ci/dist/utils/white_ext_list')

const allowed = { MiniProgramWhiteList: new Set(files.MiniProgramWhiteList), GameWhiteList: new Set(files.GameWhiteList) }
Object.defineProperty(files, 'getWhiteExtList', { value: async () => allowed })
const ci = require('miniprogram-ci')

const LIMITS = {
  MaxCodeSize: 2, MaxSubpackageSubCodeSize: 2, MaxSubpackageFullCodeSize: 30, NavigateMiniprogramLimit: 10, MaxSubPackageLimit: 100,
  MinTabbarCount: 2, MaxTabbarCount: 5, MaxTabbarIconSize: 40,
}

class OfflineProject extends ci.Project {
  async attr() {
    return { platform: false, appType: 0, isSandbox: false, released: false, setting: LIMITS }
  }
}

async function compile(projectPath) {
  const encoding = { type: 'pkcs1', format: 'pem' }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: encoding, publicKeyEncoding: encoding })
  const project = new OfflineProject({ appid: 'wx0000000000000000', type: 'miniProgram', projectPath, privateKey, ignores: [] })
  return ci.getCompiledResult({ project, setting: { es6: true, minify: true }, threads: 0, onProgressUpdate() {} })
}

const began = Date.now()
compile(resolve(process.argv[2] ?? '../../dist/build/mp-weixin')).then(
  (compiled) => {
    const names = Object.keys(compiled)
    if (!names.some((name) => name.endsWith('app.json') || name.endsWith('app-config.json'))) throw new Error(`no app in what was compiled: ${names.slice(0, 9)}`)
    console.log(`driver's app: WeChat's compiler took ${names.length} files in ${((Date.now() - began) / 1000).toFixed(1)} s`)
    process.exit(0)
  },
  (error) => {
    console.error(`driver's app: WeChat's compiler refuses it: ${error.message}`)
    process.exit(1)
  },
)
