/** Photos in, documents out. */

export interface Photo {
  bytes: ArrayBuffer
  /** `image/jpeg`, `image/png` or `image/webp`. */
  contentType: string
  /** To show it on the page. */
  previewUrl: string
}

/** What the first bytes say a picture is; undefined if it is none that the gateway takes. */
export function pictureType(bytes: ArrayBuffer): string | undefined {
  const head = new Uint8Array(bytes.slice(0, 12))
  const is = (at: number, ...values: number[]) => values.every((value, index) => head[at + index] === value)
  if (is(0, 0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (is(0, 0x89, 0x50, 0x4e, 0x47)) return 'image/png'
  if (is(0, 0x52, 0x49, 0x46, 0x46) && is(8, 0x57, 0x45, 0x42, 0x50)) return 'image/webp'
  return undefined
}

/** Lets the driver take or choose one picture; undefined if they changed their mind or it is no picture. */
export async function choosePhoto(): Promise<Photo | undefined> {
  const chosen = await new Promise<UniApp.ChooseImageSuccessCallbackResult | undefined>((resolve) => {
    uni.chooseImage({ count: 1, sizeType: ['compressed'], success: resolve, fail: () => resolve(undefined) })
  })
  const path = chosen?.tempFilePaths[0]
  if (!chosen || !path) return undefined
  let bytes = new ArrayBuffer(0)
  // #ifdef H5
  bytes = await bytesOfFile(chosen)
  // #endif
  // #ifdef MP-WEIXIN
  bytes = await bytesOfPath(path)
  // #endif
  const contentType = pictureType(bytes)
  return contentType ? { bytes, contentType, previewUrl: path } : undefined
}

// #ifdef H5
/** The file itself: to fetch its address would need a wider policy of the page. */
function bytesOfFile(chosen: UniApp.ChooseImageSuccessCallbackResult): Promise<ArrayBuffer> {
  return (chosen.tempFiles as File[])[0]?.arrayBuffer() ?? Promise.reject(new Error('no file was chosen'))
}
// #endif
// #ifdef MP-WEIXIN
function bytesOfPath(path: string): Promise<ArrayBuffer> {
  return new Promise<ArrayBuffer>((resolve, reject) => {
    uni.getFileSystemManager().readFile({
      filePath: path,
      success: (read) => resolve(read.data as ArrayBuffer),
      fail: (failure) => reject(new Error(failure.errMsg)),
    })
  })
}
// #endif

/** A PNG as an address that a picture can be shown from. */
export function pictureUrl(png: Uint8Array): string {
  return `data:image/png;base64,${uni.arrayBufferToBase64(png.slice().buffer)}`
}

/** Gives the driver a file: a download in a browser, opened (PDF) or kept and shared in the mini-program. */
export async function giveFile(name: string, bytes: ArrayBuffer, contentType: string): Promise<void> {
  // #ifdef H5
  const url = URL.createObjectURL(new Blob([bytes], { type: contentType }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
  // #endif
  // #ifdef MP-WEIXIN
  await giveFileInWechat(name, bytes)
  // #endif
}

// #ifdef MP-WEIXIN
interface WechatFiles {
  env: { USER_DATA_PATH: string }
  shareFileMessage?: (options: { filePath: string; fileName: string; success: () => void; fail: (e: { errMsg: string }) => void }) => void
}

function giveFileInWechat(name: string, bytes: ArrayBuffer): Promise<void> {
  const wechat = (globalThis as unknown as { wx: WechatFiles }).wx
  const filePath = `${wechat.env.USER_DATA_PATH}/${name}`
  return new Promise((resolve, reject) => {
    const fail = (failure: { errMsg?: string }) => reject(new Error(failure.errMsg ?? 'not given'))
    const give = () => {
      if (name.endsWith('.pdf')) uni.openDocument({ filePath, showMenu: true, success: () => resolve(), fail })
      else if (wechat.shareFileMessage) wechat.shareFileMessage({ filePath, fileName: name, success: () => resolve(), fail })
      else resolve()
    }
    uni.getFileSystemManager().writeFile({ filePath, data: bytes, success: give, fail })
  })
}
// #endif
