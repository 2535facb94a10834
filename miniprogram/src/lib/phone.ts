/** Mobile numbers of the mainland, as the gateway reads them, and the codes sent to them. */

/** 11 digits; undefined if what was typed is no mobile number. */
export function normalPhone(typed: string): string | undefined {
  const text = typed.normalize('NFKC').replace(/[\s-]/g, '').replace(/^\+86/, '')
  return /^1\d{10}$/.test(text) ? text : undefined
}

/** `138****5678`. */
export function maskedPhone(phone: string): string {
  return phone.replace(/^(\d{3})\d{4}(\d{4})$/, '$1****$2')
}

/** Whether it can be a code. */
export function isPhoneCode(typed: string): boolean {
  return /^\d{6}$/.test(typed.trim())
}
