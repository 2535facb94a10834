/** Reads a QR code in a browser that can (`BarcodeDetector`): the phone's camera takes a picture, the browser reads it. */
import { choosePhoto } from './files'

// #ifdef H5
interface Detector {
  detect(image: ImageBitmap): Promise<{ rawValue: string }[]>
}

type DetectorClass = new (options: { formats: string[] }) => Detector

function detectorClass(): DetectorClass | undefined {
  return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
}
// #endif

/** Whether the browser can. */
export function canReadPhotos(): boolean {
  let can = false
  // #ifdef H5
  can = detectorClass() !== undefined
  // #endif
  return can
}

/** The text of the first code on a picture; undefined if there is none. */
export async function readPhoto(): Promise<string | undefined> {
  let text: string | undefined
  // #ifdef H5
  const Detector = detectorClass()
  const photo = Detector ? await choosePhoto() : undefined
  if (Detector && photo) {
    const image = await createImageBitmap(new Blob([photo.bytes], { type: photo.contentType }))
    const [found] = await new Detector({ formats: ['qr_code'] }).detect(image).catch(() => [])
    text = found?.rawValue
  }
  // #endif
  void choosePhoto
  return text
}
