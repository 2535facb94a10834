/**
 * WeChat, as far as the mini-program asks it: only `wx.*` is played here; what the app asks of the gateway goes to the
 * real one, and sign-in codes and payments to the sandbox, which knows the payer.
 */
const { randomUUID } = require('node:crypto')

/** What is offered at each call: an object of options with `success`, `fail` and `complete`. */
function settle(options, done) {
  Promise.resolve().then(done).then(
    (answer) => { options.success?.(answer ?? { errMsg: 'ok' }); options.complete?.(answer ?? { errMsg: 'ok' }) },
    (error) => { const failure = { errMsg: String(error.message) }; options.fail?.(failure); options.complete?.(failure) },
  )
}

class Wechat {
  /** `user` is whose phone it is. */
  constructor(town, user) {
    Object.assign(this, { town, user, online: true, stored: new Map(), asked: [], listeners: [], files: new Map() })
  }

  /** The calls of one kind so far, newest last. */
  calls(name) {
    return this.asked.filter((call) => call.name === name).map((call) => call.options)
  }

  /** Puts everything into the global `wx`, over what the simulator brings. */
  install(navigate) {
    const quiet = (name) => (options = {}) => { this.asked.push({ name, options }); settle(options, () => undefined) }
    const answers = (name, done) => (options = {}) => { this.asked.push({ name, options }); settle(options, () => done(options)) }
    const silent = ['showToast', 'hideToast', 'showLoading', 'hideLoading', 'setNavigationBarTitle', 'setTabBarItem',
      'setTabBarStyle', 'setNavigationBarColor', 'setBackgroundColor', 'setClipboardData', 'pageScrollTo', 'vibrateShort', 'vibrateLong',
      'openLocation', 'openDocument', 'shareFileMessage', 'showShareMenu', 'hideShareMenu', 'makePhoneCall', 'stopPullDownRefresh', 'hideKeyboard']
    Object.assign(wx, Object.fromEntries(silent.map((name) => [name, quiet(name)])), this.device(), this.storage(), {
      request: (options) => this.request(options),
      login: answers('login', () => this.code()),
      requestPayment: answers('requestPayment', (options) => this.pay(options)),
      requestSubscribeMessage: answers('requestSubscribeMessage', () => ({ errMsg: 'requestSubscribeMessage:ok' })),
      getLocation: answers('getLocation', () => ({ longitude: 104.1725, latitude: 36.549, accuracy: 20 })),
      scanCode: answers('scanCode', () => ({ result: this.code_under_camera, path: '' })),
      showModal: answers('showModal', () => ({ confirm: true, cancel: false })),
      getNetworkType: answers('getNetworkType', () => ({ networkType: this.online ? 'wifi' : 'none' })),
      onNetworkStatusChange: (hear) => void this.listeners.push(hear),
      createSelectorQuery: wx.createSelectorQuery, nextTick: (done) => void setTimeout(done, 0),
      ...Object.fromEntries(['navigateTo', 'redirectTo', 'switchTab', 'reLaunch', 'navigateBack'].map((name) => [
        name, answers(name, (options) => void navigate(name, options.url)),
      ])),
    })
  }

  /** The phone loses or finds its network. */
  connect(online) {
    this.online = online
    for (const hear of this.listeners) hear({ isConnected: online, networkType: online ? 'wifi' : 'none' })
  }

  device() {
    const info = {
      brand: 'simulated', model: 'phone', platform: 'ios', system: 'iOS 17', language: 'zh_CN', version: '8.0.50', SDKVersion: '3.5.0',
      pixelRatio: 2, windowWidth: 375, windowHeight: 667, screenWidth: 375, screenHeight: 667, statusBarHeight: 20, fontSizeSetting: 16,
      theme: 'light', safeArea: { left: 0, right: 375, top: 20, bottom: 667, width: 375, height: 647 },
    }
    const whole = () => info
    return {
      getSystemInfoSync: whole, getDeviceInfo: whole, getWindowInfo: whole, getAppBaseInfo: whole, getSystemSetting: whole,
      getSystemInfo: (options) => settle(options, whole), getAccountInfoSync: () => ({ miniProgram: { appId: 'wx0000000000000000', envVersion: 'develop' } }),
      getMenuButtonBoundingClientRect: () => ({ left: 281, right: 368, top: 24, bottom: 56, width: 87, height: 32 }),
      getLaunchOptionsSync: () => ({ path: '', query: {}, scene: 1001, referrerInfo: {} }),
      getEnterOptionsSync: () => ({ path: '', query: {}, scene: 1001, referrerInfo: {} }),
      canIUse: () => true, onAppShow() {}, onAppHide() {}, onThemeChange() {}, onError() {}, onUnhandledRejection() {}, onWindowResize() {}, offWindowResize() {},
      onKeyboardHeightChange() {}, offKeyboardHeightChange() {}, getUpdateManager: () => ({ onCheckForUpdate() {}, onUpdateReady() {}, onUpdateFailed() {} }),
      env: { USER_DATA_PATH: 'wxfile://usr' }, getFileSystemManager: () => this.disk(),
      createMapContext: () => ({ moveToLocation() {}, includePoints() {}, 
        getRegion: (options) => settle(options, () => ({ southwest: { longitude: 104.165, latitude: 36.545 }, northeast: { longitude: 104.18, latitude: 36.555 } })),
        getCenterLocation: (options) => settle(options, () => ({ longitude: 104.1725, latitude: 36.549 })), getScale: (options) => settle(options, () => ({ scale: 16 })) }),
    }
  }

  disk() {
    return {
      writeFile: (options) => settle(options, () => void this.files.set(options.filePath, Buffer.from(options.data))),
      readFile: (options) => settle(options, () => ({ data: this.files.get(options.filePath) })),
    }
  }

  storage() {
    const { stored } = this
    return {
      getStorageSync: (name) => stored.get(name) ?? '', setStorageSync: (name, value) => void stored.set(name, value),
      removeStorageSync: (name) => void stored.delete(name), clearStorageSync: () => stored.clear(),
      getStorageInfoSync: () => ({ keys: [...stored.keys()], currentSize: 0, limitSize: 10240 }),
      getStorage: (options) => settle(options, () => ({ data: stored.get(options.key) })),
      setStorage: (options) => settle(options, () => void stored.set(options.key, options.data)),
    }
  }

  /** As WeChat does it: to the gateway, in whole or in chunks; `fail` only without a network. */
  request(options) {
    const abort = new AbortController()
    const hear = { head: [], chunk: [] }
    this.asked.push({ name: 'request', options })
    settle({ success: options.success, fail: options.fail, complete: options.complete }, async () => {
      if (!this.online) throw new Error('request:fail network is down')
      const path = options.url.replace(/^https?:\/\/[^/]+/, '')
      const body = options.data === undefined || options.method === 'GET' ? undefined : options.data
      const answer = await fetch(`${this.town.url}${path}`, { method: options.method ?? 'GET', headers: options.header, body, signal: abort.signal })
        .catch((error) => { throw new Error(`request:fail ${error.message}`) })
      const header = Object.fromEntries(answer.headers)
      for (const told of hear.head) told({ statusCode: answer.status, header })
      if (options.enableChunked) for await (const data of answer.body) for (const told of hear.chunk) told({ data: data.buffer })
      const data = options.enableChunked ? '' : options.responseType === 'arraybuffer' ? await answer.arrayBuffer() : await answer.text()
      return { statusCode: answer.status, header, data, errMsg: 'request:ok' }
    })
    return {
      abort: () => abort.abort(), offHeadersReceived() {}, offChunkReceived() {},
      onHeadersReceived: (told) => void hear.head.push(told), onChunkReceived: (told) => void hear.chunk.push(told),
    }
  }

  async sandbox(path, body) {
    const answer = await fetch(`${this.town.sandbox}${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`requestPayment:fail ${await answer.text()}`)
    return answer.json()
  }

  async code() {
    const { code, openid } = await this.sandbox('/sandbox/login-code', { user: this.user })
    this.openid = openid
    return { code, errMsg: 'login:ok' }
  }

  /** The cashier checks the signature before it takes the money. */
  async pay({ timeStamp, nonceStr, package: order, signType, paySign }) {
    const call = { appId: this.town.appId, timeStamp, nonceStr, package: order, signType, paySign, openid: this.openid }
    await this.sandbox('/cashier/pay', call)
    return { errMsg: 'requestPayment:ok' }
  }
}

module.exports = { Wechat, newUser: () => `mp-${randomUUID().slice(0, 8)}` }
