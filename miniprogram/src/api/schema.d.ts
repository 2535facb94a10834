/** The types of the gateway's API. Made by `npm run api`; not edited by hand. */
export interface paths {
    "/api/v1/appeals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's appeals, newest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Appeals"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/appeals/{appeal_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of the caller's appeals. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appeal_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AppealAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/appeals/{appeal_id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Attaches evidence to an appeal of the caller's that is not over. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    appeal_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "image/jpeg": number[];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AttachmentView"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/appeals/{appeal_id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an appeal back; dunning goes on. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    appeal_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AppealView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrears": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the caller owes. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Arrears"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrears/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts one payment over what is left to pay of several orders, or goes on with the one that is pending over
         *     the same. An attempt at one of them that is in the way is closed first.
         */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["JointRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JointView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/arrears/payments/{payment_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A payment over several orders of the caller's. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    payment_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["JointView"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The bays nearest to a place. */
        get: {
            parameters: {
                query: {
                    /** @description Degrees east, WGS-84. */
                    lon: number;
                    /** @description Degrees north, WGS-84. */
                    lat: number;
                    /** @description Metres; 500 if left out, 20,000 at most. */
                    radius_m?: number;
                    /** @description Only bays in this state. */
                    state?: "free" | "occupied" | "unknown";
                    /** @description How many; 20 if left out, 200 at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["NearBays"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One bay by its painted code. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description As painted; case does not matter */
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OneBay"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/closures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Plans a closure of a bay. While it is closed its sensor proves nothing, and nothing is charged. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ClosureRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BayHistory"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/closures/lift": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a closure now, or takes it back if it has not begun. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["LiftRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BayHistory"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a bay: from a date on it is none. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BayEnd"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BayHistory"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/hand-over": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The way on to a bay in WeChat, Tencent, AMap, Baidu, Apple and Google maps. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description As painted; case does not matter */
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["HandOvers"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/pay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is due for the vehicle that stands in a bay. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BayDueView"];
                    };
                };
            };
        };
        put?: never;
        /** Starts to pay for the vehicle that stands in a bay, without signing in. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BayPayRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BayPayment"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/pay/{payment_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a payment is that was started at this bay. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    bay_code: string;
                    payment_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BayPayment"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/plate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Names the vehicle that stands in a bay, so that it can be paid for there without signing in. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PlateEntry"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlateEntered"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/tariff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tariff that holds at a bay now, in plain words. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description As painted; case does not matter */
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TariffWords"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/bays/{bay_code}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All versions and closures of a bay. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BayHistory"];
                    };
                };
            };
        };
        put?: never;
        /** Changes a bay from a date on: place, zone, block, hours, vehicle classes, and what drivers choose it by. What held before stays knowable. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    bay_code: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ChangeRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BayHistory"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/claims": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Claims the vehicle in a bay, or one about to arrive there. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ClaimRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClaimAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/claims/{claim_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of the caller's claims. If it seems to name the wrong bay, `fixes` offers the right one. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    claim_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ClaimView"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/claims/{claim_id}/fix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes one of the stays that are offered for a claim. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    claim_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["FixRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BoundView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** By what ways the caller may be reached. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Contacts"];
                    };
                };
            };
        };
        put?: never;
        /** Gives leave to be reached: by a number, or by one subscription message. It can be taken back. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ContactRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ContactView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/contacts/{contact_id}/withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a leave back; the number is deleted. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    contact_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Contacts"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/coupons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's coupons, newest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Coupons"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether a bay of a block will be free. */
        get: {
            parameters: {
                query: {
                    /** @description Code of the block. */
                    block: string;
                    /** @description How many minutes from now; 15 if left out, a week at most. */
                    minutes?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BlockForecast"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/forecast/score": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How good the forecasts of this gateway were, next to two that anybody can make. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["ForecastScores"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guidance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Opens guidance to a bay.
         * @description It is held in memory by the gateway that answers, and nothing of it is stored. When the bay is taken or its sensor falls
         *     silent on the way, or parking there is not permitted any more, the next best bay is offered with a new route, within a second, as an event of
         *     `/api/v1/guidance/{guidance_id}/events`. A bay that is lost already is offered another one at once.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GuidanceRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OpenedGuidance"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guidance/{guidance_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Guidance as it stands, with the way from the last position. */
        get: {
            parameters: {
                query?: {
                    /** @description The same, where no header can be set */
                    token?: string;
                };
                header?: {
                    /** @description As it was shown once */
                    "Guidance-Token"?: string | null;
                };
                path: {
                    guidance_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GuidanceView"];
                    };
                };
            };
        };
        /** Tells where the driver is, takes or declines an offer, chooses another bay, reports one that is obstructed. */
        put: {
            parameters: {
                query?: {
                    /** @description The same, where no header can be set */
                    token?: string;
                };
                header?: {
                    /** @description As it was shown once */
                    "Guidance-Token"?: string | null;
                };
                path: {
                    guidance_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["GuidanceChange"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["GuidanceView"];
                    };
                };
            };
        };
        post?: never;
        /** Ends guidance. */
        delete: {
            parameters: {
                query?: {
                    /** @description The same, where no header can be set */
                    token?: string;
                    reason?: "arrived" | "claimed" | "left";
                };
                header?: {
                    /** @description As it was shown once */
                    "Guidance-Token"?: string | null;
                };
                path: {
                    guidance_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description It has ended */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guidance/{guidance_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens on the way.
         * @description Events `state` (right after connecting, unless `Last-Event-ID` is the newest), `offer` (the bay is lost: another one is
         *     offered, or there is none), `bay` (free again, accepted, declined, changed), `route` (another way), `ended` (the stream ends with it).
         */
        get: {
            parameters: {
                query?: {
                    /** @description The same, where no header can be set (EventSource) */
                    token?: string;
                };
                header?: {
                    /** @description As it was shown once */
                    "Guidance-Token"?: string | null;
                    /** @description The newest event that the client knows */
                    "Last-Event-ID"?: number | null;
                };
                path: {
                    guidance_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Server-sent events `state`, `offer`, `bay`, `route`, `ended` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["GuidanceView"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoice-links/{token}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a link leads to. Needs no sign-in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    token: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Linked"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoice-links/{token}/{format}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A document behind a link. Needs no sign-in. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    token: string;
                    /** @example pdf */
                    format: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The document */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/pdf": number[];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks for one invoice over paid orders; it is issued a little later. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "email": "zhang@example.com",
                     *       "order_ids": [
                     *         "0199a5f2-7c1e-7e4f-9a53-0f6d3f0c8a11"
                     *       ],
                     *       "title": {
                     *         "kind": "person",
                     *         "name": "张三"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["InvoiceOrder"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["InvoiceAsked"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{invoice_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of the caller's invoices. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    invoice_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OneInvoice"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{invoice_id}/document.xml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The XML of an issued invoice. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    invoice_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description XML of the digital fapiao */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/xml": string;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{invoice_id}/documents/{format}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The document of an issued invoice: `xml`, `pdf` or `ofd`. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    invoice_id: string;
                    /** @example pdf */
                    format: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The document */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/pdf": number[];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{invoice_id}/links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The links of an invoice that hold. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    invoice_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Links"];
                    };
                };
            };
        };
        put?: never;
        /** Makes a link to the documents of an invoice, which holds for some days or until it is taken back. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    invoice_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "days": 30
                     *     }
                     */
                    "application/json": components["schemas"]["LinkRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MadeLink"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{invoice_id}/links/{link_id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a link back; from then on it leads nowhere. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    invoice_id: string;
                    link_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Links"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/invoices/{invoice_id}/mails": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mails the documents of an invoice, as soon as they are there. To one address once. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    invoice_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MailRequest"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MailView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Changes of bays as they happen.
         * @description First an event `bay` for each bay of the rectangle as it is, then one for each change. An event
         *     `resync` says that changes were missed since the client was too slow; the current states follow. An event
         *     `layout` (schema `LayoutEvent`) says that the map changed: bays were added, moved or taken away.
         *
         *     An installer, manager or auditor who signs in with a token also gets events `device` (schema
         *     `DeviceEvent`) of the own operator's devices: first the conditions that last, then each that begins or
         *     ends. Such a stream ends after an hour; connect again.
         */
        get: {
            parameters: {
                query: {
                    /**
                     * @description West, south, east, north in degrees WGS-84; at most 64 cells of 0.02°, about 13 km by 17 km.
                     * @example 104.10,36.50,104.20,36.60
                     */
                    bbox: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Server-sent events `bay`, `device`, `layout` and `resync` */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": components["schemas"]["LiveEvent"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/map/states": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** States of the bays of a rectangle now, for drawing them on the map. */
        get: {
            parameters: {
                query: {
                    /**
                     * @description West, south, east, north in degrees WGS-84; at most 64 cells of 0.02°, about 13 km by 17 km.
                     * @example 104.10,36.50,104.20,36.60
                     */
                    bbox: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MapStates"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every purpose that can be agreed to, and whether the caller did. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Consents"];
                    };
                };
            };
        };
        put?: never;
        /** Agrees to a purpose, or takes that back. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ConsentRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Consents"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/deletion": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Deletes the caller's account, when nothing of it is open. It cannot be undone. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Gone"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything there is of the caller, as JSON. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/invoices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's invoices and the red ones that took them back, newest first. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    cursor?: string;
                    /** @description How many; 20 if left out, 100 at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["InvoicePage"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What the caller paid, and what went back of it: payments that arrived, newest first.
         * @description Payments for the caller's orders, whoever made them, and the caller's own for somebody else's vehicle by the code on
         *     its bay: of these `order` is null, and nothing tells whose the vehicle is. Attempts that are pending stand at their order.
         */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description Only what arrived in this month, in +08:00.
                     * @example 2026-09
                     */
                    month?: string;
                    /**
                     * @description Only what was paid for this vehicle, as typed: case, blanks and `·` do not matter.
                     * @example 甘D12345
                     */
                    plate?: string;
                    /** @description `next` of the page before. */
                    cursor?: string;
                    /** @description How many; 20 if left out, 100 at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PaymentPage"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/titles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The titles that the caller keeps. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Titles"];
                    };
                };
            };
        };
        put?: never;
        /** Keeps a title. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "consent": true,
                     *       "email": "books@example.com",
                     *       "is_default": true,
                     *       "kind": "company",
                     *       "name": "白银某某商贸有限公司",
                     *       "tax_id": "91350100M000100Y43"
                     *     }
                     */
                    "application/json": components["schemas"]["TitleRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TitleView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/titles/{title_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Changes a title that the caller keeps. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    title_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TitleRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TitleView"];
                    };
                };
            };
        };
        post?: never;
        /** Drops a title. The oldest of the others becomes the default one. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    title_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Titles"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/vehicles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The vehicles that the caller keeps. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Vehicles"];
                    };
                };
            };
        };
        /** Keeps a vehicle, or changes the one that is kept under its plate. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    /**
                     * @example {
                     *       "consent": true,
                     *       "name": "家里的车",
                     *       "plate": "甘D·12345",
                     *       "usual": true
                     *     }
                     */
                    "application/json": components["schemas"]["SavedVehicleRequest"];
                };
            };
            responses: {
                /** @description All that the caller keeps */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Vehicles"];
                    };
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/vehicles/{vehicle_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Drops a vehicle. One that is gone already is as good. */
        delete: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    vehicle_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description What the caller still keeps */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Vehicles"];
                    };
                };
            };
        };
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's orders. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    cursor?: string;
                    /** @description How many; 20 if left out, 100 at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderPage"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of the caller's orders. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    order_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderView"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_id}/appeals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Appeals against the bill of one of the caller's orders. Dunning stops until it is decided. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    order_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["AppealRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["AppealView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_id}/balance-payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pays what is left to pay of an order from the balance at its payee, at once. While parked that is a part
         *     payment.
         */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    order_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["BalancePayRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderSummary"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_id}/coupons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Uses a coupon on an order that is not paid yet. It becomes a line of the bill. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    order_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["UseRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CouponView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the bill of one of the caller's orders rests on. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    order_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["OrderEvidence"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_id}/payments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts to pay what is left of an order, or goes on with the attempt that is pending.
         * @description While parked, what is paid is a part payment: the order stays open until the vehicle has left. `pay`,
         *     `code_url` or `h5_url` may be null for a moment: then look at the order again.
         */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    order_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PaymentRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PaymentView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_id}/refunds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What of an order of the caller's went back or is on its way back. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    order_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RefundsOfOrder"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/passes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's passes and applications, newest first. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Passes"];
                    };
                };
            };
        };
        put?: never;
        /** Asks for a pass. Without evidence to look at it is offered, or waits for a place, at once. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ApplyRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PassView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/passes/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The passes that are sold. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Products"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/passes/{pass_id}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Attaches what shows the entitlement. It is deleted when the application is decided. */
        put: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    pass_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "image/jpeg": number[];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/passes/{pass_id}/give-back": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives a pass back: the price of the days not begun is refunded. An application is taken back. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    pass_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PassView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/passes/{pass_id}/plate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** From now on the pass holds for another plate: twice by oneself. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    pass_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PlateRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PassView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/phone-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sends a code to a phone, to sign in with. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PhoneCodeRequest"];
                };
            };
            responses: {
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PhoneCodeSent"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/phone-sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs a driver in by the code that their phone got. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["PhoneCode"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DriverSession"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/places": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Streets, blocks, places of the imported map and bays, by name. */
        get: {
            parameters: {
                query: {
                    /** @description What was typed: Chinese, pinyin, its initials, or the beginning of a bay's code. */
                    q: string;
                    /** @description Where the driver is, WGS-84: of two places alike the nearer one comes first. */
                    lon?: number;
                    lat?: number;
                    /** @description How many; 10 if left out, 50 at most. */
                    limit?: number;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PlacesFound"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prepaid": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's prepaid balances, and the payees that offer one. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Balances"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prepaid/{payee_id}/moves": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every change of the caller's balance at a payee. */
        get: {
            parameters: {
                query?: {
                    /** @description `next` of the page before. */
                    before?: number;
                };
                header?: never;
                path: {
                    payee_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PrepaidHistory"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prepaid/{payee_id}/refund": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes everything back that stands on the balance at a payee: it goes back as it came, newest top-up first. */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    payee_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TakenBack"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prepaid/{payee_id}/top-ups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts to top up the balance at a payee. Nobody owes a top-up: one that is not paid within two hours lapses,
         *     and what is paid after that goes back by itself.
         */
        post: {
            parameters: {
                query?: never;
                header: {
                    /** @description 1 to 64 visible ASCII characters */
                    "Idempotency-Key": string;
                };
                path: {
                    payee_id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["TopUpRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["TopUpView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quote": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a stay would cost. */
        get: {
            parameters: {
                query: {
                    bay_code: string;
                    /** @description `small` (if left out), `large`, `new_energy_small`, `new_energy_large` or `motorcycle`. */
                    vehicle_class?: string;
                    /** @description Arrival, RFC 3339; write `+` as `%2B`. */
                    from: string;
                    /** @description Departure, at most 31 days later. */
                    to: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Quote"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quote/picture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The picture of what a stay would cost; asked as the quote is. */
        get: {
            parameters: {
                query: {
                    bay_code: string;
                    /** @description `small` (if left out), `large`, `new_energy_small`, `new_energy_large` or `motorcycle`. */
                    vehicle_class?: string;
                    /** @description Arrival, RFC 3339; write `+` as `%2B`. */
                    from: string;
                    /** @description Departure, at most 31 days later. */
                    to: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["PictureView"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roads/closures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Streets that are or will be closed or slow. */
        get: {
            parameters: {
                query?: {
                    /** @description Those that are over as well; the newest 2,000. */
                    all?: boolean;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RoadClosures"];
                    };
                };
            };
        };
        put?: never;
        /**
         * Closes a street, or says how slow it is, for a time.
         * @description A piece of street lies between two junctions and is closed as a whole. Every gateway finds other ways within two seconds; when its
         *     time is over, everything is as before. Of several for one piece the slowest counts.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RoadClosureRequest"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RoadClosureView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/roads/closures/{closure_id}/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends a closure now, or takes back one that has not begun. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    closure_id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RoadClosureView"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/routes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The way by vehicle to a place or a bay, and the walk from there.
         * @description Over the roads that the operator imported, under the closures and the traffic of now. Begin and end in one place is a way of
         *     nothing, and no error. Where nobody is led on foot by the map, the walk is an estimate and says so.
         */
        get: {
            parameters: {
                query: {
                    /**
                     * @description Where the vehicle is: longitude,latitude in degrees WGS-84.
                     * @example 104.1653,36.5461
                     */
                    from: string;
                    /**
                     * @description Where to drive; or name a bay.
                     * @example 104.1735,36.5532
                     */
                    to?: string;
                    /** @description Code of the bay to drive to: it is reached with the kerb on the right where the street may be driven that way. */
                    bay?: string;
                    /** @description Where the driver walks to from there. */
                    dest?: string;
                    /** @description Of the texts: `zh` (if left out) or `en`. */
                    lang?: "zh" | "en";
                    /** @description `fastest` (if left out) or `shortest`. */
                    metric?: "fastest" | "shortest";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["RouteAnswer"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/routes/matrix": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** How far it is from one place to each of many, in one search. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["MatrixRequest"];
                };
            };
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MatrixAnswer"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The free bays that cost a driver least in all, with the price of the intended stay and the chance that they are still
         *     there. Where roads are known, the drive to each is that over the roads, under the closures and the traffic of now. Searches that
         *     find nothing are counted by block and hour, without anything of who searched.
         */
        get: {
            parameters: {
                query: {
                    /** @description Where the driver is: degrees, WGS-84. */
                    lon: number;
                    lat: number;
                    /** @description Where the driver wants to go in the end; where the driver is, if left out. */
                    dest_lon?: number;
                    dest_lat?: number;
                    /** @description How long the vehicle is to stand; 60 if left out. */
                    stay_minutes?: number;
                    /** @description When the driver arrives; after the drive to the destination, if left out. */
                    arrive_in_minutes?: number;
                    /** @description `small` (if left out), `large`, `new_energy_small`, `new_energy_large` or `motorcycle`. */
                    vehicle_class?: string;
                    /** @description Of the vehicle. */
                    height_mm?: number;
                    length_mm?: number;
                    /** @description Only bays with a charging point. */
                    charging?: boolean;
                    /** @description Only bays kept for disabled drivers; none of them, if left out. */
                    accessible?: boolean;
                    /** @description What the whole stay may cost. */
                    max_price_fen?: number;
                    /** @description What its first hour may cost. */
                    max_hourly_fen?: number;
                    /** @description From the bay to the destination; 10 if left out. */
                    max_walk_minutes?: number;
                    /** @description Also bays whose sensors are not heard, in a list of their own. */
                    unknown?: boolean;
                    /** @description How many; 20 if left out. */
                    limit?: number;
                    /**
                     * @description What drives are reckoned by, where the operator has imported roads: `roads` if a destination is given that is not where
                     *     the driver is, otherwise `line`.
                     */
                    drive_by?: "roads" | "line";
                    /** @description Of the texts for people; `zh` if left out. */
                    lang?: "zh" | "en";
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["BaysFound"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs a driver in. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WechatCode"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DriverSession"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/end": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Signs the caller out on this device. A token that holds no more is signed out already. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/renewal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Gives the caller a new token; the one of this request holds a minute more. Other devices are not touched. */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["Nothing"];
                };
            };
            responses: {
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["DriverSession"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stays/current": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's stays that have not ended. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["CurrentStays"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/unmet-demand": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Searches that found no free bay, by block and hour. For planners, managers and auditors. */
        get: {
            parameters: {
                query?: {
                    /** @description City time, RFC 3339 (write `+` as `%2B`); whole hours are taken. Seven days before `to` if left out. */
                    from?: string;
                    /** @description At most 92 days later; now if left out. */
                    to?: string;
                    /** @description Code of a block; all if left out. */
                    block?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["UnmetDemand"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the service answers and its database does. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Health"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiles/layout.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the tiles of the map in force are (TileJSON), its layout version, and whom to name on it. */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["MapLayout"];
                    };
                };
                /** @description The client has it */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiles/style.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How the map is drawn: a whole style for MapLibre, with no source but ours. */
        get: {
            parameters: {
                query?: {
                    /**
                     * @description `light`, `dark` or `elder`; light if left out.
                     * @example light
                     */
                    theme?: string;
                    /**
                     * @description In which language names are written: `zh` or `en`; Chinese if left out.
                     * @example zh
                     */
                    lang?: string;
                };
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": unknown;
                    };
                };
                /** @description The client has it */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tiles/{layout_version}/{z}/{x}/{y}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A tile of the map: bays, blocks, roads and named places, in Mapbox Vector Tile form. It has no states: those come by
         *     `GET /api/v1/live` and `GET /api/v1/map/states`, by the ids of the bays.
         */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    /** @description Of `GET /tiles/layout.json` */
                    layout_version: string;
                    /** @description Zoom, 0 to 20 */
                    z: string;
                    /** @description Column, from the west */
                    x: string;
                    /**
                     * @description Row, from the north, followed by `.mvt`
                     * @example 25412.mvt
                     */
                    y: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description May be kept for ever */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/vnd.mapbox-vector-tile": number[];
                    };
                };
                /** @description Nothing lies there */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description The client has it */
                304: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description The map changed: to the same tile of the map in force */
                307: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Appeals: components["schemas"]["Moment"] & {
            appeals: components["schemas"]["AppealView"][];
        };
        /** @description City time when the answer was made, and how many city seconds a real second takes. */
        Moment: {
            /** Format: date-time */
            now: string;
            /** Format: int64 */
            speed: number;
        };
        /** @description An appeal as both sides see it. */
        AppealView: {
            /** Format: uuid */
            appeal_id: string;
            /**
             * Format: int64
             * @description What the order cost when the appeal was filed.
             */
            asked_fen: number;
            /** Format: uuid */
            case_id: string;
            /**
             * Format: date-time
             * @description It is decided by then, in working time.
             */
            decide_by_at?: string | null;
            /** Format: date-time */
            decided_at?: string | null;
            /** Format: date-time */
            filed_at: string;
            /**
             * Format: int64
             * @description What the decision gives.
             */
            given_fen: number;
            ground: string;
            /** Format: uuid */
            order_id: string;
            /** @description The version of the policy that it is decided under. */
            policy: string;
            /** @description Why it was decided so. */
            reason?: string | null;
            /**
             * @description `filed`, `in_review`, `proposed`, `granted`, `partly_granted`, `refused` or `withdrawn`.
             * @example filed
             */
            state: string;
            text: string;
        };
        AppealAnswer: components["schemas"]["Moment"] & components["schemas"]["AppealView"] & {
            evidence: components["schemas"]["AttachmentView"][];
        };
        /** @description Evidence, without its bytes. */
        AttachmentView: {
            /** Format: date-time */
            added_at: string;
            added_by: string;
            /** Format: uuid */
            attachment_id: string;
            /** Format: int64 */
            bytes: number;
            /**
             * Format: date-time
             * @description Its bytes were deleted then.
             */
            deleted_at?: string | null;
            media_type: string;
            note: string;
            sha256: string;
        };
        /** @description An empty object. */
        Nothing: Record<string, never>;
        /** @description Debts of the caller, oldest first. Nothing is added to what a bill says. */
        Arrears: components["schemas"]["Moment"] & {
            arrears: components["schemas"]["Owed"][];
            count: number;
            /** @description Where to pay and to appeal. */
            pay_at: string;
            /** Format: int64 */
            sum_fen: number;
        };
        /** @description What is owed for one visit. */
        Owed: {
            /** Format: date-time */
            arrived_at: string;
            /** Format: date-time */
            left_at?: string | null;
            /**
             * Format: int64
             * @description Notices that were delivered.
             */
            notices: number;
            /** Format: uuid */
            order_id: string;
            /** Format: int64 */
            owed_fen: number;
            /** Format: date-time */
            owing_since: string;
            plate: string;
            /** @description `running`, `paused` while an appeal is looked at, `listed` or `lapsed`. */
            state: string;
        };
        JointRequest: {
            /** @example wechat */
            channel: string;
            /**
             * @description `jsapi`, `native` or `h5`, as for one order; `jsapi` if left out.
             * @example jsapi
             */
            method?: string | null;
            /** @description 1 to 20 orders of the caller's, all of one payee. */
            order_ids: string[];
        };
        /** @description One payment over several orders. `state` is that of any payment; all parts are in it. */
        JointView: {
            /**
             * Format: int64
             * @description The sum of the parts.
             */
            amount_fen: number;
            /** @description The text of the code to show; null unless `ready` and `native`. */
            code_url?: string | null;
            /**
             * Format: date-time
             * @description Real time.
             */
            expires_at: string;
            /** @description The page to go to; null unless `ready` and `h5`. */
            h5_url?: string | null;
            parts: components["schemas"]["PartView"][];
            pay?: components["schemas"]["PayParams"] | null;
            /** Format: uuid */
            payment_id: string;
            /** @example ready */
            state: string;
            /**
             * Format: date-time
             * @description City time.
             */
            succeeded_at?: string | null;
        };
        /** @description What an order takes of it; refunded, invoiced and booked by itself. */
        PartView: {
            /** Format: int64 */
            amount_fen: number;
            /** Format: uuid */
            order_id: string;
            /**
             * Format: uuid
             * @description The payment as the order shows it.
             */
            payment_id: string;
        };
        /** @description What the app hands to WeChat to open the cashier. Signed for one prepay id. */
        PayParams: {
            appId: string;
            nonceStr: string;
            package: string;
            paySign: string;
            signType: string;
            timeStamp: string;
        };
        /** @description Nearest first. */
        NearBays: components["schemas"]["Moment"] & {
            bays: components["schemas"]["NearBay"][];
        };
        NearBay: components["schemas"]["BayView"] & {
            /** Format: double */
            distance_m: number;
        };
        /** @description A bay and what is known of it. `age_s` is city time since the newest reading. */
        BayView: {
            /** Format: int64 */
            age_s?: number | null;
            /** @example BY0012 */
            bay_code: string;
            block: string;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
            /**
             * Format: date-time
             * @description Null if its sensor was never heard.
             */
            observed_at?: string | null;
            state: components["schemas"]["BayState"];
            street: string;
            /**
             * Format: int64
             * @description Grows with every change.
             */
            version: number;
        };
        /**
         * @description What is known of a bay now.
         * @enum {string}
         */
        BayState: "free" | "occupied" | "unknown";
        OneBay: components["schemas"]["Moment"] & components["schemas"]["BayView"];
        ClosureRequest: {
            /**
             * Format: date-time
             * @description At most 24 hours ago.
             */
            from: string;
            /** @example road works */
            reason: string;
            /** Format: date-time */
            to: string;
        };
        /** @description Oldest first. */
        BayHistory: {
            bay_code: string;
            closures: components["schemas"]["ClosureView"][];
            versions: components["schemas"]["VersionView"][];
        };
        ClosureView: {
            /** Format: date-time */
            from: string;
            reason: string;
            /** Format: date-time */
            to: string;
        };
        /** @description A bay from `valid_from` to `valid_to`. */
        VersionView: {
            /** @description Whether it is kept for disabled drivers. */
            accessible: boolean;
            block: string;
            /** @description Whether there is a charging point. */
            charging: boolean;
            /** Format: double */
            heading_deg: number;
            /** Format: double */
            lat: number;
            /** Format: double */
            length_m: number;
            /** Format: double */
            lon: number;
            /**
             * Format: int64
             * @description Null: no limit.
             */
            max_height_mm?: number | null;
            /**
             * Format: int64
             * @description Null: as long as the bay.
             */
            max_length_mm?: number | null;
            /**
             * @description Null: at any time.
             * @example mo-fr 08:00-20:00; sa 08:00-12:00
             */
            permitted_hours?: string | null;
            /** Format: date-time */
            valid_from: string;
            /** Format: date-time */
            valid_to?: string | null;
            /** @description Null: every class. */
            vehicle_classes?: string[] | null;
            zone: string;
        };
        LiftRequest: {
            /**
             * Format: date-time
             * @description When the closure began or begins.
             */
            from: string;
        };
        BayEnd: {
            /**
             * Format: date-time
             * @description City time; now if left out, not in the past.
             */
            at?: string | null;
        };
        HandOvers: {
            apps: components["schemas"]["HandOverView"][];
            bay_code: string;
        };
        /** @description What leads to a bay in one map app. */
        HandOverView: {
            /** @example amap_ios */
            app: string;
            /** @description `gcj02` or `bd09`, in which `lon` and `lat` are; outside China that is the same as `wgs84`. */
            datum: string;
            /** Format: double */
            lat: number;
            /** @description Null for WeChat: give `lat`, `lon` and `name` to `wx.openLocation`. */
            link?: string | null;
            /** Format: double */
            lon: number;
            name: string;
        };
        /** @description What is due for the vehicle in a bay. */
        BayDueView: components["schemas"]["Moment"] & {
            /**
             * Format: int64
             * @description What would be paid now; null while its plate is not known.
             * @example 300
             */
            amount_fen?: number | null;
            /** @example TS01 */
            bay_code: string;
            /**
             * Format: int64
             * @description How long it has been there.
             * @example 125
             */
            minutes: number;
            /**
             * @description Where a page inside WeChat sends the phone for `wechat_code`, with `redirect_uri`, `state` and
             *     `#wechat_redirect` added; null if that is not set up.
             */
            wechat_authorize?: string | null;
        };
        BayPayRequest: {
            /**
             * @description `jsapi` inside WeChat, `native` for a code to scan, `h5` for another browser.
             * @example h5
             */
            method: string;
            /** @description The code is the mini-program's, of `wx.login`. */
            mini_program?: boolean;
            /** @description From WeChat's `snsapi_base`, for `jsapi`; works once. */
            wechat_code?: string | null;
        };
        /** @description A payment as whoever stands at the bay may see it. */
        BayPayment: {
            /** Format: int64 */
            amount_fen: number;
            code_url?: string | null;
            /** Format: date-time */
            expires_at: string;
            h5_url?: string | null;
            pay?: components["schemas"]["PayParams"] | null;
            /** Format: uuid */
            payment_id: string;
            /**
             * @description `created`, `ready`, `succeeded`, `closed` or `failed`.
             * @example ready
             */
            state: string;
        };
        PlateEntry: {
            /** @example 甘D·12345 */
            plate: string;
            /**
             * @description As for claims; from the plate's form if left out.
             * @example green
             */
            plate_colour?: string | null;
            /** @description `other` takes a plate of no Chinese form as typed. */
            plate_form?: string | null;
        };
        /** @description That the vehicle is known now; whose it is is not said. */
        PlateEntered: {
            /** @example TS01 */
            bay_code: string;
        };
        /** @description The tariff of a bay for people to read. */
        TariffWords: components["schemas"]["Moment"] & {
            bay_code: string;
            /** @description What one has to know before relying on it. */
            note: string;
            /** @description One for each class of street that the tariff tells apart; one without a name if it tells none. */
            streets: components["schemas"]["StreetWords"][];
            tariff_id: string;
            title: string;
            /**
             * @description First day on which it holds.
             * @example 2026-01-01
             */
            valid_from: string;
            /** Format: int32 */
            version: number;
        };
        StreetWords: {
            cards: components["schemas"]["CardView"][];
            /** @description Authority, document, validity. */
            facts: components["schemas"]["FactView"][];
            street?: string | null;
        };
        /** @description A heading and what is said under it. */
        CardView: {
            /** @example 小型车 */
            heading: string;
            heading_en: string;
            /** @description Whether it says what costs money. */
            is_rate: boolean;
            sentences: components["schemas"]["SentenceView"][];
        };
        SentenceView: {
            text: string;
            text_en: string;
        };
        FactView: {
            name: string;
            name_en: string;
            /** @description Empty where nobody said it. */
            value: string;
            value_en: string;
        };
        /** @description What is to hold from `valid_from` on; what is left out stays as it was. */
        ChangeRequest: {
            /** @description Kept for disabled drivers. */
            accessible?: boolean | null;
            /** @description Code of a block. */
            block?: string | null;
            charging?: boolean | null;
            /** Format: double */
            heading_deg?: number | null;
            /** Format: double */
            lat?: number | null;
            /** Format: double */
            length_m?: number | null;
            /**
             * Format: double
             * @description WGS-84; both or none.
             */
            lon?: number | null;
            /**
             * Format: int64
             * @description 0: no limit.
             */
            max_height_mm?: number | null;
            /**
             * Format: int64
             * @description 0: as long as the bay.
             */
            max_length_mm?: number | null;
            /**
             * @description An empty text: at any time.
             * @example mo-fr 08:00-20:00; sa 08:00-12:00
             */
            permitted_hours?: string | null;
            /**
             * Format: date-time
             * @description City time; now if left out, not in the past.
             */
            valid_from?: string | null;
            /** @description An empty list: every class. */
            vehicle_classes?: string[] | null;
            /** @description Code of a zone of the same operator. */
            zone?: string | null;
        };
        ClaimRequest: {
            /** @example BY0012 */
            bay_code: string;
            /**
             * Format: date-time
             * @description City time at which the driver said so, if the phone was without a network then; at most 12 hours ago. Now if
             *     left out.
             */
            made_at?: string | null;
            /**
             * @description As typed: case, blanks and `·` do not matter.
             * @example 甘D·12345
             */
            plate: string;
            /** @description `blue`, `yellow`, `green`, `yellow_green`, `white` or `black`; from the plate's form if left out. */
            plate_colour?: string | null;
            /** @description `other` takes a plate of no Chinese form (foreign, damaged) as typed. */
            plate_form?: string | null;
        };
        /** @description What became of a claim. */
        ClaimAnswer: {
            /** Format: uuid */
            claim_id: string;
            /** Format: uuid */
            order_id?: string | null;
            prior_debts?: components["schemas"]["PriorDebts"] | null;
            /**
             * @description `bound` to a stay, `waiting` until the sensor sees the vehicle, `disputed` with another's word, or
             *     kept as a `hint`.
             * @example bound
             */
            state: string;
            /** Format: uuid */
            stay_id?: string | null;
            /** Format: uuid */
            visit_id?: string | null;
        };
        /** @description What else a driver owes when they claim a bay; shown, never a reason to refuse the bay. */
        PriorDebts: {
            count: number;
            /** Format: int64 */
            sum_fen: number;
        };
        /** @description A claim as it stands. */
        ClaimView: components["schemas"]["Moment"] & {
            bay_code?: string | null;
            /** Format: uuid */
            claim_id: string;
            /** @description Stays that the sensors' times offer instead, the best first. */
            fixes: components["schemas"]["FixView"][];
            /** Format: date-time */
            made_at: string;
            plate: string;
            /**
             * @description `bound`, `waiting`, `expired`, `displaced` by a surer word, `disputed` or `hint`.
             * @example expired
             */
            state: string;
            /** Format: uuid */
            stay_id?: string | null;
            /** Format: uuid */
            visit_id?: string | null;
        };
        /** @description A stay that the claim may have meant. */
        FixView: {
            /** Format: date-time */
            arrived_at: string;
            /** @example BY0013 */
            bay_code: string;
            /**
             * @description `move`: nobody claimed it. `swap` (staff only): two claims were made crosswise.
             * @example move
             */
            kind: string;
            /**
             * Format: int64
             * @description Between the claim and the arrival.
             * @example 95
             */
            off_s: number;
            /** Format: uuid */
            stay_id: string;
        };
        /** @description Which of the offers. */
        FixRequest: {
            /** Format: uuid */
            stay_id: string;
        };
        /** @description What a claim or a visit is bound to now. */
        BoundView: {
            /** Format: uuid */
            order_id: string;
            /** Format: uuid */
            stay_id: string;
            /** Format: uuid */
            visit_id: string;
        };
        Contacts: {
            contacts: components["schemas"]["ContactView"][];
        };
        /** @description A leave to be reached; a number is masked. */
        ContactView: {
            address: string;
            channel: string;
            /** Format: uuid */
            contact_id: string;
            /** Format: date-time */
            granted_at: string;
        };
        ContactRequest: {
            /**
             * @description The number, or the id of the message's template.
             * @example 13812345678
             */
            address: string;
            /**
             * @description `phone`: may be called and written to; `subscription`: one WeChat message.
             * @example phone
             */
            channel: string;
        };
        Coupons: components["schemas"]["Moment"] & {
            coupons: components["schemas"]["CouponView"][];
        };
        /** @description A coupon of the caller's. */
        CouponView: {
            /** Format: int64 */
            amount_fen: number;
            /** Format: uuid */
            coupon_id: string;
            kind: string;
            /** Format: int64 */
            minutes: number;
            /**
             * Format: uuid
             * @description The order that it lowers, a line of its bill.
             */
            order_id?: string | null;
            /** Format: date-time */
            valid_to: string;
        };
        /** @description What is to be expected of a block on arrival. */
        BlockForecast: components["schemas"]["Moment"] & {
            /**
             * Format: double
             * @description How many vehicles usually come and leave in an hour, at such a time; null as long as nothing is known of it.
             */
            arrivals_per_hour?: number | null;
            /** Format: date-time */
            arrive_at: string;
            /**
             * Format: int32
             * @description Bays of the block, those whose state is known, those that were free at the newest count.
             */
            bays: number;
            block: string;
            /** Format: double */
            departures_per_hour?: number | null;
            expected?: components["schemas"]["Expectation"] | null;
            /** Format: int32 */
            free: number;
            /** Format: int32 */
            known: number;
            /** Format: double */
            minutes: number;
        };
        Expectation: {
            /**
             * @description `learned`: from the present and what is usual; `last_seen`: from the present alone; `usual`: nothing was heard
             *     for hours.
             * @example learned
             */
            basis: string;
            /**
             * Format: double
             * @description How likely a bay that is free now is free then, 0 to 1.
             */
            bay_chance: number;
            /**
             * Format: double
             * @description How likely it is that at least one bay is free, 0 to 1.
             */
            chance: number;
            /**
             * Format: double
             * @description How many are to be expected free, and between which numbers they will be four times of five.
             */
            free: number;
            /** Format: double */
            free_from: number;
            /** Format: double */
            free_to: number;
            /**
             * @description `filling`, `stable` or `emptying`.
             * @example filling
             */
            trend: string;
        };
        /** @description How good forecasts were since the service started. */
        ForecastScores: components["schemas"]["Moment"] & {
            horizons: components["schemas"]["ForecastScore"][];
        };
        /** @description Forecasts of 'at least one bay of the block is free', judged when their time had come. */
        ForecastScore: {
            brier?: components["schemas"]["BrierScores"] | null;
            /** Format: int64 */
            forecasts: number;
            /**
             * Format: double
             * @description How often a bay was there where one was promised (a chance of at least one half).
             */
            hit_rate?: number | null;
            /** Format: int32 */
            minutes: number;
            reliability: components["schemas"]["ReliabilityBin"][];
        };
        /** @description Mean squared error of the chance: smaller is better. */
        BrierScores: {
            /**
             * Format: double
             * @description As often as at this hour of the week.
             */
            how: number;
            /**
             * Format: double
             * @description It stays as it is.
             */
            last: number;
            /** Format: double */
            model: number;
        };
        /** @description Forecasts whose chance was in one tenth: what was told on average, and how often it came. */
        ReliabilityBin: {
            /** Format: double */
            came?: number | null;
            /** Format: int64 */
            forecasts: number;
            /** Format: double */
            told?: number | null;
        };
        GuidanceRequest: {
            /** @description Where the vehicle is. */
            at: components["schemas"]["PlaceAt"];
            /** @description The bay to drive to. */
            bay_code: string;
            dest?: components["schemas"]["PlaceAt"] | null;
            lang?: components["schemas"]["Lang"];
            /**
             * Format: int32
             * @description How long the vehicle is to stand; 60 if left out.
             */
            stay_minutes?: number | null;
            /** @description `small` (if left out), `large`, `new_energy_small`, `new_energy_large` or `motorcycle`. */
            vehicle_class?: string | null;
        };
        /** @description A place, degrees WGS-84. */
        PlaceAt: {
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
        };
        /**
         * @description Language of what is said.
         * @enum {string}
         */
        Lang: "zh" | "en";
        /** @description Guidance that was opened. */
        OpenedGuidance: components["schemas"]["GuidanceView"] & {
            /**
             * Format: date-time
             * @description Machine time; it may end before.
             */
            expires_at: string;
            /** @description Shown once: send it as the header `Guidance-Token`. */
            token: string;
        };
        /** @description Guidance to a bay as it stands. */
        GuidanceView: components["schemas"]["Moment"] & components["schemas"]["GuidedWay"] & {
            bay: components["schemas"]["GuidedBay"];
            /** Format: uuid */
            guidance_id: string;
            offer?: components["schemas"]["GuidanceOffer"] | null;
            /**
             * @description `driving`; `offered`: the bay is lost and an offer stands; `lost`: there is none to offer; `ended`.
             * @example driving
             */
            phase: string;
            /**
             * Format: int64
             * @description Grows with everything that is told; the id of the event that told it.
             */
            seq: number;
            /** @description The same in words. */
            text: string;
            /**
             * @description What was told last: `opened`, `rerouted`, `taken`, `unknown`, `closed`, `not_permitted`, `reported`, `offer_gone`,
             *     `free_again`, `accepted`, `declined`, `changed`; at the end `arrived`, `claimed`, `left`, `silent`, `expired`.
             * @example opened
             */
            why: string;
        };
        /** @description The way from the driver's last position; none once it has ended. */
        GuidedWay: {
            drive?: components["schemas"]["DriveView"] | null;
            error?: components["schemas"]["NoWay"] | null;
            walk?: components["schemas"]["WalkView"] | null;
        };
        /** @description A way by vehicle. */
        DriveView: {
            /**
             * @description Where the place or bay is on arrival: `left`, `right` or `ahead`.
             * @example right
             */
            arrival_side: string;
            /** Format: double */
            distance_m: number;
            /** Format: double */
            duration_s: number;
            /**
             * Format: double
             * @description From the places asked for to the street, at both ends.
             */
            from_road_m: number;
            geometry: components["schemas"]["LineView"];
            steps: components["schemas"]["RouteStep"][];
            /** Format: double */
            to_road_m: number;
        };
        /** @description GeoJSON, two points at least. */
        LineView: {
            /** @description Longitude and latitude. */
            coordinates: number[][];
            /** @example LineString */
            type: string;
        };
        /** @description One thing to do, and how far it is to the next. */
        RouteStep: {
            at: components["schemas"]["PlaceAt"];
            /**
             * Format: double
             * @description Clockwise from north, of the way that follows.
             */
            bearing_deg: number;
            /** Format: double */
            distance_m: number;
            /** Format: double */
            duration_s: number;
            /**
             * Format: int32
             * @description Of a roundabout.
             */
            exit?: number | null;
            /**
             * @description `depart`, `continue`, `slight_left`, `left`, `sharp_left`, `slight_right`, `right`, `sharp_right`, `u_turn`,
             *     `roundabout`, `arrive`.
             * @example left
             */
            kind: string;
            /** @description Number of the point in the geometry where it is done. */
            point: number;
            /** @description On arrival: `left`, `right` or `ahead`. */
            side?: string | null;
            /** @description The street that follows; empty if it has no name. */
            street: string;
            /**
             * @description What to say.
             * @example 左转进入五一街
             */
            text: string;
        };
        /** @description Why there is no way; as in a problem document. */
        NoWay: {
            /** @example island_of_roads */
            code: string;
            detail: string;
        };
        /** @description A way on foot. */
        WalkView: {
            /**
             * @description `streets`: over streets and paths of the map. `straight_line`: an estimate, no way on foot is known: the crow's
             *     distance and 30 % more.
             * @example streets
             */
            basis: string;
            /** Format: double */
            distance_m: number;
            /** Format: double */
            duration_s: number;
            geometry: components["schemas"]["LineView"];
            /** @description None of an estimate. */
            steps: components["schemas"]["RouteStep"][];
        };
        /** @description A bay and what is known of it now. */
        GuidedBay: {
            /** @example BY0012 */
            bay_code: string;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
            /** Format: date-time */
            observed_at?: string | null;
            state?: components["schemas"]["BayState"] | null;
            street: string;
        };
        /** @description Another bay instead. */
        GuidanceOffer: components["schemas"]["GuidedWay"] & {
            bay: components["schemas"]["GuidedBay"];
            /**
             * Format: double
             * @description How many seconds longer driving and walking take than with the bay before; negative if less.
             */
            more_s?: number | null;
            /** Format: int32 */
            offer_id: number;
            /**
             * @description Why: `taken`, `unknown`, `closed`, `not_permitted`, `reported`, `offer_gone`.
             * @example taken
             */
            reason: string;
            text: string;
        };
        /** @description What has changed; in this order, each if it is there. */
        GuidanceChange: {
            /**
             * Format: int32
             * @description Takes this offer.
             */
            accept?: number | null;
            at?: components["schemas"]["PlaceAt"] | null;
            /** @description The driver chooses another bay. */
            bay_code?: string | null;
            /**
             * Format: int32
             * @description Does not take this offer, and wants no other one for the bay.
             */
            decline?: number | null;
            lang?: components["schemas"]["Lang"] | null;
            /** @description The bay cannot be used though it is shown as free. */
            obstructed?: boolean;
        };
        /** @description What a link leads to: no name, no plate. */
        Linked: {
            colour: string;
            /** @description Path of each document, by its format. */
            documents: components["schemas"]["LinkedDocument"][];
            /** Format: int64 */
            gross_fen: number;
            invoice_number?: string | null;
            /** Format: date-time */
            issued_at?: string | null;
            regime: string;
            /** @example issued */
            state: string;
            /**
             * Format: int64
             * @description What red documents took back of it.
             */
            taken_back_fen: number;
        };
        LinkedDocument: {
            /** Format: int64 */
            bytes: number;
            /** @example pdf */
            format: string;
            path: string;
        };
        InvoiceOrder: {
            /**
             * @description Where the documents are mailed to as soon as they are there.
             * @example lin@example.com
             */
            email?: string | null;
            /** @description Paid orders of one payee. */
            order_ids: string[];
            title?: components["schemas"]["InvoiceTitle"] | null;
            /**
             * Format: uuid
             * @description A title that the driver keeps.
             */
            title_id?: string | null;
        };
        /** @description Whose name the invoice bears. A company needs its taxpayer number. */
        InvoiceTitle: {
            kind: components["schemas"]["InvoiceTitleKind"];
            /** @example 白银某某商贸有限公司 */
            name: string;
            /** @example 91350100M000100Y43 */
            tax_id?: string | null;
        };
        /** @enum {string} */
        InvoiceTitleKind: "person" | "company";
        /**
         * @description `state` is `requested`, `submitted`, `issued`, `unsigned`, `rejected`, `void`; of a red one also `proposed`, `applied`,
         *     `confirmed` and `withdrawn`.
         */
        InvoiceAsked: {
            /** Format: uuid */
            invoice_id: string;
            /** @example requested */
            state: string;
        };
        OneInvoice: components["schemas"]["Moment"] & components["schemas"]["InvoiceView"] & {
            /** @description Mails with its documents; addresses are masked. */
            mails: components["schemas"]["MailView"][];
        };
        /** @description An invoice, or a red one that took one back, and how far it is. */
        InvoiceView: components["schemas"]["InvoiceAsked"] & {
            /** @description Of a bill. */
            check_code?: string | null;
            /**
             * @description `blue`, or `red` with amounts below 0.
             * @example blue
             */
            colour: string;
            /**
             * @description The formats it can be had in.
             * @example [
             *       "ofd",
             *       "pdf",
             *       "xml"
             *     ]
             */
            documents: string[];
            /**
             * Format: int64
             * @example 300
             */
            gross_fen: number;
            /** @description 20 digits from the tax platform, once issued; of a bill its code and number, 18. */
            invoice_number?: string | null;
            /** Format: date-time */
            issued_at?: string | null;
            /**
             * Format: int64
             * @description Null for a red one that is not drawn up yet.
             */
            net_fen?: number | null;
            order_ids: string[];
            /**
             * Format: uuid
             * @description Of a red one: what it takes back.
             */
            original_id?: string | null;
            /** @description The red ones that take it back, or are about to. */
            red_ids: string[];
            /** @description Of a red one: `goods_returned`, `issued_in_error`, `service_stopped`, `sales_allowance`. */
            red_reason?: string | null;
            /** @description `vat` for a fapiao, `non_tax` for a bill of the treasury. */
            regime: string;
            /** @description Why it was refused. */
            reject_reason?: string | null;
            /** Format: date-time */
            requested_at: string;
            /** Format: int64 */
            tax_fen?: number | null;
            /** @description What it waits for: `login` of the operator at the tax office, `buyer`, `differs`. */
            waits_for?: string | null;
        };
        MailView: {
            /** @example l***@example.com */
            address: string;
            /** Format: uuid */
            mail_id: string;
            /** Format: date-time */
            sent_at?: string | null;
            /**
             * @description `waiting`, `sent` or `failed`.
             * @example waiting
             */
            state: string;
        };
        Links: {
            links: components["schemas"]["LinkView"][];
        };
        /** @description A link that holds. Machine time. */
        LinkView: {
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            link_id: string;
            /** Format: date-time */
            made_at: string;
        };
        LinkRequest: {
            /**
             * Format: int32
             * @description For how many days it holds; 30 if left out, 365 at most.
             * @example 30
             */
            days?: number | null;
        };
        /** @description A link that was made; its address is shown once. */
        MadeLink: {
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            link_id: string;
            /**
             * @description Where the documents are, below the address of this API.
             *     Null when the same request is repeated: a token is stored nowhere.
             * @example /api/v1/invoice-links/3b5c1f…
             */
            path?: string | null;
        };
        MailRequest: {
            /** @example lin@example.com */
            email: string;
        };
        /** @description Data of an event of the stream, by its name. */
        LiveEvent: components["schemas"]["BayEvent"] | components["schemas"]["DeviceEvent"] | components["schemas"]["LayoutEvent"];
        /** @description Data of an event `bay`. The same version may come twice; an older one never counts. */
        BayEvent: {
            bay_code: string;
            /**
             * Format: int64
             * @description Its number on the map; null if the map does not have it (yet).
             */
            bay_no?: number | null;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
            /** Format: date-time */
            observed_at?: string | null;
            state: components["schemas"]["BayState"];
            /** Format: int64 */
            version: number;
        };
        /** @description Data of an event `device`: it got into a condition, or out of it. The same may come twice. */
        DeviceEvent: {
            /**
             * Format: date-time
             * @description Since when it is so, or when it ended.
             */
            at: string;
            bay_code: string;
            /**
             * @description `silent`, `stuck`, `flapping`, `clock_wrong`, `disagreeing`, `low_battery`, `faulty`, `never_heard`.
             * @example silent
             */
            condition: string;
            /** @description Why, for people; empty when it ended. */
            detail: string;
            /** Format: uuid */
            device_id: string;
            key: string;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
            /** @example native */
            network: string;
            /** @description False: it ended. */
            on: boolean;
        };
        /** @description Data of an event `layout`: the map looks otherwise from now on. */
        LayoutEvent: {
            /** @example 0123456789abcdef */
            layout_version: string;
        };
        /** @description Bays by state, each by its number on the map. */
        MapStates: components["schemas"]["Moment"] & {
            free: number[];
            /** @description Of the map that the numbers are of. */
            layout_version: string;
            occupied: number[];
            /** @description Their sensors were never heard, or not for too long. */
            unknown: number[];
        };
        Consents: {
            consents: components["schemas"]["ConsentView"][];
        };
        /** @description A purpose, and whether the caller agreed to it. */
        ConsentView: {
            given: boolean;
            /** Format: date-time */
            given_at?: string | null;
            /** @example messages */
            purpose: string;
            version: string;
            /** Format: date-time */
            withdrawn_at?: string | null;
        };
        ConsentRequest: {
            /** @description False takes it back, and deletes what was kept by its leave. */
            given: boolean;
            /**
             * @description `messages`: be told of arrears, refunds and appeals; `invoice_titles`: titles are kept; `saved_vehicles`: vehicles are.
             * @example messages
             */
            purpose: string;
        };
        /** @description The account is deleted. */
        Gone: {
            /** Format: date-time */
            deleted_at: string;
            /** @description What is kept, and why. */
            kept: string;
        };
        /** @description Newest first. */
        InvoicePage: components["schemas"]["Moment"] & {
            invoices: components["schemas"]["InvoiceView"][];
            /** @description The cursor of the next page; null on the last one. */
            next?: string | null;
        };
        /** @description Newest first. */
        PaymentPage: components["schemas"]["Moment"] & {
            /** @description The cursor of the next page; null on the last one. */
            next?: string | null;
            payments: components["schemas"]["PaymentEntry"][];
        };
        /** @description A payment that arrived. */
        PaymentEntry: {
            /**
             * Format: int64
             * @example 300
             */
            amount_fen: number;
            /**
             * @description `wechat`, `cash` or `prepaid`.
             * @example wechat
             */
            channel: string;
            /**
             * @description How far the order is invoiced: `none`, `under_way`, `part`, `issued`, `refused`, `taken_back`; null without an order.
             * @example issued
             */
            invoice_state?: string | null;
            /** @description Documents that cover the order, oldest first. */
            invoices: components["schemas"]["OrderDocument"][];
            /**
             * Format: uuid
             * @description The payment over several orders that it was a part of.
             */
            joint_payment_id?: string | null;
            /**
             * @description `jsapi`, `native`, `h5`, `parking` (by WeChat's pay after parking), `cash` or `balance`.
             * @example jsapi
             */
            method: string;
            order?: components["schemas"]["OrderEntry"] | null;
            /** @description Who was paid. */
            payee: string;
            /** Format: uuid */
            payment_id: string;
            /** Format: int64 */
            refunded_fen: number;
            /**
             * Format: int64
             * @description On its way back.
             */
            refunding_fen: number;
            /** @description Oldest first. */
            refunds: components["schemas"]["RefundView"][];
            /**
             * Format: date-time
             * @description City time.
             */
            succeeded_at: string;
        };
        /** @description A document that covers an order. `state` is that of any invoice. */
        OrderDocument: {
            /**
             * @description `blue`, or `red` with amounts below 0.
             * @example blue
             */
            colour: string;
            /** Format: uuid */
            invoice_id: string;
            invoice_number?: string | null;
            /** Format: date-time */
            issued_at?: string | null;
            /**
             * Format: int64
             * @description How much of the order it covers.
             */
            order_fen: number;
            /** Format: date-time */
            requested_at: string;
            /** @example issued */
            state: string;
        };
        /** @description An order in the list of its driver. */
        OrderEntry: components["schemas"]["OrderSummary"] & {
            /** @description Bays that it stood in, in the order of arrival; those no longer in use are left out. */
            bay_codes: string[];
            /**
             * Format: int64
             * @description What may still be invoiced; 0 unless `paid`, and for a top-up.
             */
            invoiceable_fen: number;
            /**
             * Format: int64
             * @description What documents carry of it.
             */
            invoiced_fen: number;
            /**
             * Format: date-time
             * @description When it left; null while it stands there.
             */
            left_at?: string | null;
            /** @description Who is paid. One invoice covers orders of one payee. */
            payee: string;
            /** Format: uuid */
            payee_id: string;
            /** @description The vehicle: of the visit, or that a pass holds for now; null for a top-up. */
            plate?: string | null;
            /**
             * @description `vat` for a fapiao, `non_tax` for a bill of the treasury.
             * @example vat
             */
            regime: string;
        };
        /**
         * @description An order in short. `total_fen` is gross: `due_fen` = total - waived - written off - (paid - refunding -
         *     refunded), and 0 while open.
         */
        OrderSummary: {
            /** Format: date-time */
            due_at?: string | null;
            /** Format: int64 */
            due_fen: number;
            /** Format: date-time */
            opened_at: string;
            /** Format: uuid */
            order_id: string;
            /** Format: date-time */
            paid_at?: string | null;
            /** Format: int64 */
            paid_fen: number;
            /**
             * @description What the state means, in Chinese.
             * @example 待支付
             */
            reason: string;
            /** @example to be paid */
            reason_en: string;
            /** Format: int64 */
            refunded_fen: number;
            /**
             * Format: int64
             * @description On its way back to the payer.
             */
            refunding_fen: number;
            /**
             * @description `open`, `due`, `owing`, `paid`, `free`, `pass`, `exempt`, `fault_free`, `written_off` or `void`.
             * @example due
             */
            state: string;
            /**
             * @description `visit`, `pass` or `top_up`.
             * @example visit
             */
            subject: string;
            /** Format: int64 */
            total_fen: number;
            /** Format: int64 */
            waived_fen: number;
            /** Format: int64 */
            written_off_fen: number;
        };
        /** @description A refund. `state` is `requested`, `processing`, `abnormal`, `succeeded` or `closed`. */
        RefundView: {
            /** Format: int64 */
            amount_fen: number;
            /** Format: date-time */
            changed_at: string;
            /** Format: date-time */
            created_at: string;
            /**
             * Format: uuid
             * @description Null of a payment for somebody else's order.
             */
            order_id?: string | null;
            /** Format: uuid */
            payment_id: string;
            /**
             * @description What made it due.
             * @example priced
             */
            reason: string;
            /** Format: uuid */
            refund_id: string;
            /** @example processing */
            state: string;
            /** @description `channel`, or `hand` for what no channel gives back. */
            way: string;
        };
        /** @description The default one first. */
        Titles: {
            titles: components["schemas"]["TitleView"][];
        };
        TitleView: {
            /** Format: date-time */
            changed_at: string;
            email?: string | null;
            is_default: boolean;
            /**
             * @description `person` or `company`.
             * @example company
             */
            kind: string;
            name: string;
            tax_id?: string | null;
            /** Format: uuid */
            title_id: string;
        };
        /** @description A title to be kept. */
        TitleRequest: {
            /** @description That it is kept, to fill in invoices and for nothing else. Must be true. */
            consent: boolean;
            /**
             * @description Where documents under this title are mailed to, if a request names no other address.
             * @example books@example.com
             */
            email?: string | null;
            /** @description Taken when a request names no title. The first one is the default one. */
            is_default?: boolean;
            kind: components["schemas"]["InvoiceTitleKind"];
            /** @example 白银某某商贸有限公司 */
            name: string;
            /**
             * @description Of a company.
             * @example 91350100M000100Y43
             */
            tax_id?: string | null;
        };
        /** @description The usual one first, then oldest first. */
        Vehicles: {
            vehicles: components["schemas"]["VehicleView"][];
        };
        VehicleView: {
            /** Format: date-time */
            changed_at: string;
            name?: string | null;
            /** @example 甘D12345 */
            plate: string;
            plate_colour?: string | null;
            /**
             * @description `ordinary`, `new_energy_small`, `new_energy_large`, `trailer`, `school`, `police`, `cross_border`, `diplomatic`,
             *     `military` or `other`.
             * @example ordinary
             */
            plate_form: string;
            /** @description Of the first in the list. */
            usual: boolean;
            /**
             * @description The tariff's class: `small`, `large`, `new_energy_small`, `new_energy_large` or `motorcycle`.
             * @example small
             */
            vehicle_class: string;
            /** Format: uuid */
            vehicle_id: string;
        };
        /** @description A vehicle to be kept, or to be changed if its plate is kept already. */
        SavedVehicleRequest: {
            /** @description That it is kept, to fill in plates and for nothing else. Must be true. */
            consent: boolean;
            /**
             * @description What the driver calls it, 1 to 20 characters.
             * @example 家里的车
             */
            name?: string | null;
            /**
             * @description As typed: case, blanks and `·` do not matter.
             * @example 甘D·12345
             */
            plate: string;
            /** @description `blue`, `yellow`, `green`, `yellow_green`, `white` or `black`; from the plate's form if left out. */
            plate_colour?: string | null;
            /** @description `other` takes a plate of no Chinese form (foreign, damaged) as typed. */
            plate_form?: string | null;
            /** @description Makes it the one that comes first. There is always one: the oldest, if none was made so. */
            usual?: boolean;
        };
        /** @description Newest first. */
        OrderPage: components["schemas"]["Moment"] & {
            /** @description The cursor of the next page; null on the last one. */
            next?: string | null;
            orders: components["schemas"]["OrderEntry"][];
        };
        /** @description An order with all that belongs to it. */
        OrderView: components["schemas"]["Moment"] & components["schemas"]["OrderSummary"] & {
            bill?: components["schemas"]["BillView"] | null;
            /**
             * Format: uuid
             * @description The newest invoice that covers it.
             */
            invoice_id?: string | null;
            payments: components["schemas"]["PaymentView"][];
            /** @description The vehicle of the visit. */
            plate?: string | null;
            /** @description Whenever the bill changed after it was final: what changed, and what became of the difference. */
            reratings: components["schemas"]["ReratingView"][];
            running?: components["schemas"]["RunningView"] | null;
            stays: components["schemas"]["OrderStay"][];
            /**
             * Format: uuid
             * @description The visit that it is for; null for a pass or a top-up.
             */
            visit_id?: string | null;
        };
        /** @description A bill. Its lines sum to `total_fen`. */
        BillView: {
            lines: components["schemas"]["BillLine"][];
            /** Format: date-time */
            made_at: string;
            /** Format: int64 */
            revision: number;
            tariff: components["schemas"]["TariffView"];
            /** Format: int64 */
            total_fen: number;
        };
        /**
         * @description One step of the arithmetic. The amount is `units / parts × unit_price` in whole fen, what is
         *     finer being carried over to the next line; it is negative where a cap cuts.
         */
        BillLine: {
            /** Format: int64 */
            amount_fen: number;
            /** Format: date-time */
            from: string;
            /**
             * Format: int64
             * @description How many units `unit_price` is for: 1, or the minutes of a unit that is paid by the minute.
             */
            parts: number;
            /** @description What kind of rule: `free_minutes`, `free_window`, `tier`, `window_cap`, `day_cap`, `doubt`, … */
            rule: string;
            /** @description In Chinese. */
            text: string;
            text_en: string;
            /** Format: date-time */
            to: string;
            /** @description In the tariff's currency, with as many decimals as it needs: `1.50`, `0.005`. */
            unit_price: string;
            /**
             * Format: int64
             * @description `unit_price` in whole fen, what is finer cut off.
             */
            unit_price_fen: number;
            /** Format: int64 */
            units: number;
        };
        /** @description The tariff that priced it; `version` was in force at the arrival. */
        TariffView: {
            id: string;
            /** @description What one has to know before relying on it. */
            note: string;
            title: string;
            /** Format: int32 */
            version: number;
        };
        /** @description An attempt to pay. `state` is `created`, `ready`, `succeeded`, `closed` or `failed`. */
        PaymentView: {
            /** Format: int64 */
            amount_fen: number;
            /** @description `wechat`, `cash` or `prepaid`. */
            channel: string;
            /**
             * @description The text of the code to show; null unless `ready` and `native`.
             * @example weixin://wxpay/bizpayurl?pr=8f14e45f
             */
            code_url?: string | null;
            /**
             * Format: date-time
             * @description Real time.
             */
            expires_at: string;
            /** @description The page to go to; null unless `ready` and `h5`. */
            h5_url?: string | null;
            /**
             * @description `jsapi`, `native`, `h5`, `parking` (by WeChat's pay after parking), `cash` or `balance`. A part of a payment
             *     over several orders has no `pay`: that is asked for with all of it.
             * @example jsapi
             */
            method: string;
            /** Format: uuid */
            order_id: string;
            pay?: components["schemas"]["PayParams"] | null;
            /** Format: uuid */
            payment_id: string;
            /** @example ready */
            state: string;
            /**
             * Format: date-time
             * @description City time.
             */
            succeeded_at?: string | null;
        };
        /** @description One change of a bill after it was final. */
        ReratingView: {
            /** Format: date-time */
            at: string;
            /**
             * @description `due`, `waived`, `refunded`, `undecided` (a person decides) or `settled`.
             * @example refunded
             */
            fate: string;
            /** Format: int64 */
            new_total_fen: number;
            /** Format: int64 */
            old_total_fen: number;
            /**
             * Format: int64
             * @description What goes back because of it.
             */
            refund_fen: number;
            /** @description In Chinese. */
            text: string;
            text_en: string;
            /** Format: int64 */
            waived_fen: number;
        };
        /** @description What an order costs so far. */
        RunningView: {
            /**
             * Format: date-time
             * @description When it costs more, if it does within a day.
             */
            next_at?: string | null;
            /**
             * Format: int64
             * @description What it costs then.
             */
            next_total_fen?: number | null;
            /**
             * Format: int64
             * @description That, less what was paid: what a payment now would be over.
             */
            payable_fen: number;
            /**
             * Format: int64
             * @description If the vehicle left now; of a pass that is offered, its price.
             */
            total_fen: number;
        };
        OrderStay: {
            /** Format: date-time */
            arrived_at: string;
            bay_code?: string | null;
            /** Format: date-time */
            left_at?: string | null;
            /** @description `present`, `left`, `void` or `superseded`. */
            state: string;
            /** Format: uuid */
            stay_id: string;
        };
        AppealRequest: {
            /**
             * @description `not_my_vehicle`, `not_parked`, `times_wrong`, `price_wrong`, `entitled`, `paid_already` or `other`.
             * @example times_wrong
             */
            ground: string;
            /**
             * @description In the driver's words, at most 2000 characters.
             * @example 我九点半就开走了，附停车场照片。
             */
            text: string;
        };
        BalancePayRequest: {
            /** @description Pay a part if the balance does not suffice; false if left out. */
            part?: boolean;
        };
        UseRequest: {
            /** @example 7K3MW-9QXTR-2ABCD-EFGHJ */
            code: string;
        };
        /** @description What a bill rests on. */
        OrderEvidence: components["schemas"]["Moment"] & {
            /** Format: uuid */
            order_id: string;
            picture?: components["schemas"]["PictureView"] | null;
            /** @description Who said which vehicle stood there; oldest first. Names nobody. */
            said: components["schemas"]["SaidView"][];
            stays: components["schemas"]["StayEvidence"][];
        };
        /** @description What a drawing is made of. */
        PictureView: {
            /** @description The first seven days, oldest first. */
            days: components["schemas"]["DayView"][];
            /** @description Days of the stay after them. */
            days_left_out: number;
            /**
             * Format: date-time
             * @description From arrival to departure.
             */
            from: string;
            /**
             * @description IANA name of the zone whose days these are.
             * @example Asia/Shanghai
             */
            time_zone: string;
            /** Format: date-time */
            to: string;
        };
        /** @description One day on the wall clock: 24 hours, or 23 or 25 where the clocks change. */
        DayView: {
            /** Format: date-time */
            from: string;
            /** @example 2026-09-15 */
            on: string;
            stay: components["schemas"]["StretchView"][];
            ticks: components["schemas"]["TickView"][];
            /** Format: date-time */
            to: string;
            /** @description The hours that hold, without gap; empty where the vehicle is exempt. */
            windows: components["schemas"]["WindowView"][];
        };
        /** @description A part of the stay. */
        StretchView: {
            /**
             * Format: int64
             * @description The cap, where one is reached.
             */
            capped_at_fen?: number | null;
            /** @description What that line charges, where it begins here: `3×4.00`. */
            charge?: string | null;
            /** @description Where units begin. */
            cuts: string[];
            /** Format: date-time */
            from: string;
            /** @description Place of its line in the bill, from 0. */
            line: number;
            /**
             * @description `charged`, `capped`, `free_minutes`, `free_hours`, `not_permitted`, `not_sold`, `doubt`, `pass`, `leaving` or
             *     `exempt`.
             * @example charged
             */
            state: string;
            /** Format: date-time */
            to: string;
        };
        TickView: {
            /** Format: date-time */
            at: string;
            /**
             * Format: int32
             * @description 0 to 24.
             */
            hour: number;
        };
        /** @description Hours of the tariff. */
        WindowView: {
            charged: boolean;
            /** Format: date-time */
            from: string;
            /** @description Empty where they have none. */
            name: string;
            permitted: boolean;
            /** Format: date-time */
            to: string;
        };
        /** @description A word about the vehicle that holds. */
        SaidView: {
            /** Format: date-time */
            at: string;
            /**
             * Format: uuid
             * @description The claim, if it is the caller's own: there the bay can be set right.
             */
            claim_id?: string | null;
            /**
             * Format: int64
             * @description How sure a camera was, of 100.
             */
            confidence_pct?: number | null;
            /**
             * @description `driver`, `inspector`, `video`, `payment` or `correction`.
             * @example driver
             */
            method: string;
            /** @description `occupies`, or `straddles`: touched and not charged. */
            role: string;
            /** Format: uuid */
            stay_id: string;
        };
        /** @description What the sensors say of a stay. */
        StayEvidence: {
            arrived: components["schemas"]["EdgeView"];
            bay_code?: string | null;
            /** @description Stretches that the sensors cannot vouch for; by default they are not charged. */
            doubts: components["schemas"]["DoubtView"][];
            left?: components["schemas"]["EdgeView"] | null;
            /**
             * Format: int64
             * @description How often it was set right by later words of the sensors.
             */
            revision: number;
            /** @description `present`, `left`, `void` or `superseded`. */
            state: string;
            /** Format: uuid */
            stay_id: string;
        };
        /** @description An arrival or departure: seen at one instant, or known to lie between two. */
        EdgeView: {
            /** Format: date-time */
            earliest_at: string;
            /** Format: date-time */
            latest_at: string;
        };
        DoubtView: {
            /** Format: date-time */
            from: string;
            /**
             * @description `silence`, `missing_edge`, `missing_messages`, `disagreement`, `clock`, `gateway_clock`, `device_fault`, `stuck`,
             *     `out_of_service` or `which_vehicle`.
             * @example silence
             */
            reason: string;
            /** Format: date-time */
            to: string;
        };
        PaymentRequest: {
            /**
             * @description `wechat`. Cash is taken by a collector, on a receipt.
             * @example wechat
             */
            channel: string;
            /**
             * @description `jsapi` inside WeChat, `native` for a code that another phone scans, `h5` for a browser; `jsapi` if left
             *     out.
             * @example jsapi
             */
            method?: string | null;
        };
        RefundsOfOrder: components["schemas"]["Moment"] & {
            /** @description Oldest first. */
            refunds: components["schemas"]["RefundView"][];
        };
        Passes: components["schemas"]["Moment"] & {
            passes: components["schemas"]["PassView"][];
        };
        /** @description A pass of the caller's. */
        PassView: {
            /** Format: int64 */
            given_back_fen: number;
            /** Format: date-time */
            offered_until?: string | null;
            /**
             * Format: uuid
             * @description The order to pay, once it is offered.
             */
            order_id?: string | null;
            /** Format: uuid */
            pass_id: string;
            plate?: string | null;
            /** Format: int64 */
            price_fen: number;
            /** Format: uuid */
            product_id: string;
            /** @description Why it was refused. */
            reason?: string | null;
            /**
             * @description `applied`, `waiting`, `offered`, `active`, `ended`, `cancelled`, `refused` or `lapsed`.
             * @example offered
             */
            state: string;
            /** Format: date-time */
            valid_from?: string | null;
            /** Format: date-time */
            valid_to?: string | null;
        };
        ApplyRequest: {
            /** @example 甘D·12345 */
            plate: string;
            /** Format: uuid */
            product_id: string;
        };
        Products: components["schemas"]["Moment"] & {
            products: components["schemas"]["ProductView"][];
            promise: string;
        };
        /** @description A pass that is sold. It promises no bay. */
        ProductView: {
            eligibility: string;
            evidence_needed: boolean;
            /** Format: int64 */
            months: number;
            name: string;
            /** Format: int64 */
            price_fen: number;
            /** Format: uuid */
            product_id: string;
            /**
             * Format: int64
             * @description How many there are; without one there is no limit.
             */
            quota?: number | null;
            /** @description Its name in the tariff, which says what it covers and when. */
            tariff_pass: string;
            /** Format: uuid */
            zone_id: string;
        };
        PlateRequest: {
            /** @example 甘D·54321 */
            plate: string;
        };
        PhoneCodeRequest: {
            /**
             * @description A mainland number.
             * @example 13812345678
             */
            phone: string;
        };
        /** @description A code is on its way. Both times are real time. */
        PhoneCodeSent: {
            /**
             * Format: date-time
             * @description When this number gets another one.
             */
            again_at: string;
            /** Format: date-time */
            expires_at: string;
            /** @description The code itself, in a sandbox only: no message is sent there. */
            sandbox_code?: string | null;
        };
        PhoneCode: {
            /**
             * @description Six digits; works once.
             * @example 042137
             */
            code: string;
            /** @example 13812345678 */
            phone: string;
        };
        /** @description A driver's session. `expires_at` is real time. */
        DriverSession: {
            /** Format: uuid */
            account_id: string;
            /** Format: date-time */
            expires_at: string;
            token: string;
        };
        /** @description Best first: bays whose code begins so, then names. */
        PlacesFound: {
            places: components["schemas"]["PlaceView"][];
        };
        /** @description A place found. Degrees WGS-84. */
        PlaceView: {
            /**
             * @description `bay`, `street`, `block` or `named`.
             * @example street
             */
            kind: string;
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
            name: string;
            /** @description Empty if it has none. */
            name_en: string;
        };
        /** @description Empty where no payee offers a balance. */
        Balances: components["schemas"]["Moment"] & {
            balances: components["schemas"]["BalanceView"][];
        };
        /** @description A balance of the caller's, or one that could be opened. */
        BalanceView: {
            /** Format: int64 */
            balance_fen: number;
            limits?: components["schemas"]["TopUpLimits"] | null;
            /** @example 城市停车运营公司 */
            payee: string;
            /** Format: uuid */
            payee_id: string;
        };
        TopUpLimits: {
            /** Format: int64 */
            max_balance_fen: number;
            /** Format: int64 */
            max_top_up_fen: number;
            /** Format: int64 */
            min_top_up_fen: number;
        };
        PrepaidHistory: components["schemas"]["Moment"] & {
            /** @description Newest first. */
            moves: components["schemas"]["MoveView"][];
            /**
             * Format: int64
             * @description `before` of the next page; null on the last one.
             */
            next?: number | null;
        };
        /** @description A change of a balance. */
        MoveView: {
            /**
             * Format: int64
             * @description Below 0 if it went.
             */
            amount_fen: number;
            /**
             * Format: int64
             * @description What stood on it after that.
             */
            balance_fen: number;
            /**
             * @description `top_up`, `used`, `returned` (what was paid from it was refunded) or `given_back`.
             * @example used
             */
            kind: string;
            /**
             * Format: int64
             * @description Counts from 1.
             */
            line: number;
            /** Format: date-time */
            made_at: string;
            /**
             * Format: uuid
             * @description The order that was paid or refunded, or that topped it up.
             */
            order_id: string;
        };
        /** @description What goes back, and how. */
        TakenBack: {
            /** Format: int64 */
            amount_fen: number;
            /** @description Of the newest top-up first. */
            refunds: components["schemas"]["BackView"][];
        };
        BackView: {
            /** Format: int64 */
            amount_fen: number;
            /**
             * Format: uuid
             * @description The order of the top-up.
             */
            order_id?: string | null;
            /** Format: uuid */
            refund_id: string;
            /**
             * @description `channel`; `hand` for what no channel gives back any more: it is transferred by bank.
             * @example channel
             */
            way: string;
        };
        TopUpRequest: {
            /**
             * Format: int64
             * @example 5000
             */
            amount_fen: number;
            /**
             * @description `jsapi` inside WeChat, `native` for a code that another phone scans, `h5` for a browser; `jsapi` if left
             *     out.
             * @example jsapi
             */
            method?: string | null;
        };
        /** @description The order of a top-up, and the payment that is to be made. It stands on the balance once it is paid. */
        TopUpView: {
            /** Format: uuid */
            order_id: string;
            payment: components["schemas"]["PaymentView"];
        };
        /** @description What the stay would cost. */
        Quote: components["schemas"]["Moment"] & {
            lines: components["schemas"]["BillLine"][];
            tariff: components["schemas"]["TariffView"];
            /** Format: int64 */
            total_fen: number;
        };
        /** @description The newest first. */
        RoadClosures: components["schemas"]["Moment"] & {
            closures: components["schemas"]["RoadClosureView"][];
        };
        RoadClosureView: {
            at?: components["schemas"]["PlaceAt"] | null;
            /** Format: uuid */
            closure_id: string;
            /** Format: date-time */
            created_at: string;
            /**
             * @description `both` or `forward`.
             * @example both
             */
            direction: string;
            /**
             * Format: date-time
             * @description When somebody ended it early.
             */
            ended_at?: string | null;
            /** Format: date-time */
            from: string;
            /** Format: int64 */
            pace_pct: number;
            /** @description How many pieces of street it is about on the map in force; null as long as this gateway has not put it into force. */
            pieces?: number | null;
            reason: string;
            /**
             * @description `planned`, `in_force`, `over`, `ended`.
             * @example in_force
             */
            state: string;
            street?: string | null;
            to?: components["schemas"]["PlaceAt"] | null;
            /** Format: date-time */
            until?: string | null;
        };
        /** @description Name a street, or a place, or two places. */
        RoadClosureRequest: {
            at?: components["schemas"]["PlaceAt"] | null;
            /**
             * @description `both` (if left out), or `forward`: only as one drives from `at` to `to`.
             * @example both
             */
            direction?: string | null;
            /**
             * Format: date-time
             * @description Now if left out.
             */
            from?: string | null;
            /**
             * Format: int64
             * @description Percent of the usual pace, 1 to 400; 0, if left out, is closed.
             */
            pace_pct?: number;
            /** @example road works */
            reason: string;
            /**
             * @description Every piece of the streets of this name, Chinese or English.
             * @example 人民路
             */
            street?: string | null;
            to?: components["schemas"]["PlaceAt"] | null;
            /**
             * Format: date-time
             * @description Until somebody ends it, if left out.
             */
            until?: string | null;
        };
        /** @description The way there. */
        RouteAnswer: components["schemas"]["Moment"] & {
            /**
             * @description Begin and end are the same place: a way of nothing. Places far apart may have the same nearest point of a street, too: then
             *     the drive has no length, and this is false.
             */
            already_there: boolean;
            bay_code?: string | null;
            dest?: components["schemas"]["PlaceAt"] | null;
            drive: components["schemas"]["DriveView"];
            from: components["schemas"]["PlaceAt"];
            lang: components["schemas"]["Lang"];
            metric: components["schemas"]["RouteMetric"];
            roads: components["schemas"]["RoadsView"];
            to: components["schemas"]["PlaceAt"];
            /**
             * Format: double
             * @description Driving and walking.
             */
            total_s: number;
            walk?: components["schemas"]["WalkView"] | null;
        };
        /**
         * @description What a way is the least of.
         * @enum {string}
         */
        RouteMetric: "fastest" | "shortest";
        /** @description Which roads an answer rests on. */
        RoadsView: {
            /** @description Pieces of street between two junctions that are closed, and that are slower or faster than usual. */
            closed_pieces: number;
            /**
             * Format: date-time
             * @description Since when closures and traffic are as they are; null as long as there were none.
             */
            conditions_at?: string | null;
            /** Format: date-time */
            imported_at: string;
            /** Format: uuid */
            road_graph_id: string;
            slowed_pieces: number;
        };
        MatrixRequest: {
            dest?: components["schemas"]["PlaceAt"] | null;
            /** @description Where the vehicle is. */
            from: components["schemas"]["PlaceAt"];
            metric?: components["schemas"]["RouteMetric"];
            /** @description At most 50. */
            to: components["schemas"]["MatrixTarget"][];
        };
        /** @description Either a bay or a place. */
        MatrixTarget: {
            bay_code?: string | null;
            /** Format: double */
            lat?: number | null;
            /** Format: double */
            lon?: number | null;
        };
        /** @description In the order in which they were asked for. */
        MatrixAnswer: components["schemas"]["Moment"] & {
            metric: components["schemas"]["RouteMetric"];
            roads: components["schemas"]["RoadsView"];
            rows: components["schemas"]["MatrixRow"][];
        };
        /**
         * @description How far it is to one of them. Of the way there is either all or nothing and an error; of the walk all or, without a
         *     destination, nothing.
         */
        MatrixRow: {
            /** @description `left`, `right` or `ahead`. */
            arrival_side?: string | null;
            at?: components["schemas"]["PlaceAt"] | null;
            bay_code?: string | null;
            /** Format: double */
            distance_m?: number | null;
            /** Format: double */
            duration_s?: number | null;
            error?: components["schemas"]["NoWay"] | null;
            /** @description `streets` or `straight_line`. */
            walk_basis?: string | null;
            /** Format: double */
            walk_m?: number | null;
            /** Format: double */
            walk_s?: number | null;
        };
        /** @description Best first; those of the same cost in order of their codes. Bays whose drive is by the roads come before those by line. */
        BaysFound: components["schemas"]["Moment"] & {
            /** Format: date-time */
            arrive_at: string;
            destination: components["schemas"]["Destination"];
            hits: components["schemas"]["FoundBay"][];
            /** Format: date-time */
            leave_at: string;
            nothing?: components["schemas"]["NothingFound"] | null;
            /** Format: int32 */
            stay_minutes: number;
            /** @description Not free, and not known to be taken: `observed_at` says when they were heard last. */
            unknown: components["schemas"]["FoundBay"][];
            vehicle_class: string;
        };
        Destination: {
            /** Format: double */
            lat: number;
            /** Format: double */
            lon: number;
        };
        /** @description A bay, what it costs and how long it is likely to be there. */
        FoundBay: components["schemas"]["BayView"] & {
            accessible: boolean;
            charging: boolean;
            /**
             * Format: int64
             * @description What bays are ordered by among those of the same `drive_by`: drive, walk, fee, and the risk that the bay is gone.
             */
            cost_fen: number;
            /**
             * Format: double
             * @description To the destination, as the crow flies.
             */
            distance_m: number;
            /** @description From where the driver is. */
            drive: components["schemas"]["RoughWay"];
            /**
             * @description `line` where nobody asked the roads, there are none, or none leads from the driver to the bay today: then the bay comes
             *     after those that a road leads to.
             */
            drive_by: components["schemas"]["DriveBasis"];
            /**
             * Format: double
             * @description How likely it is that a bay of the block is free on arrival, 0 to 1; null if nothing is known of that.
             */
            free_chance?: number | null;
            /**
             * Format: int32
             * @description Null: no limit.
             */
            max_height_mm?: number | null;
            /** Format: int32 */
            max_length_mm?: number | null;
            /** @example no_tariff_terms */
            no_quote?: string | null;
            /**
             * Format: date-time
             * @description From when on this vehicle may not stand there any more; null if nothing of that kind is in sight.
             */
            permitted_until?: string | null;
            quote?: components["schemas"]["StayQuote"] | null;
            /**
             * @description `filling`, `stable` or `emptying`.
             * @example filling
             */
            trend?: string | null;
            /** @description To the destination: the crow's flight and a share for the streets between. */
            walk: components["schemas"]["RoughWay"];
            /**
             * Format: date-time
             * @description When to tell the driver of it.
             */
            warn_at?: string | null;
            /** @description Code of the fee zone. */
            zone: string;
        };
        /** @description A way, as long as it is expected to be. */
        RoughWay: {
            /** Format: double */
            distance_m: number;
            /** Format: int64 */
            duration_s: number;
        };
        /**
         * @description What a drive is reckoned by.
         * @enum {string}
         */
        DriveBasis: "roads" | "line";
        /** @description The price of the stay, the same as `GET /api/v1/quote` gives. */
        StayQuote: {
            /** Format: int64 */
            first_hour_fen: number;
            tariff_id: string;
            /** Format: int64 */
            tariff_revision: number;
            /** Format: int64 */
            total_fen: number;
        };
        /** @description Why nothing was found. */
        NothingFound: {
            /**
             * @description `outside`: no bay within the walk; `none_fits`: none for this vehicle, price and time; `none_free`: some would
             *     do, none is free.
             * @example none_free
             */
            code: string;
            text: string;
        };
        WechatCode: {
            /** @description From `wx.login`; works once. */
            wechat_code: string;
        };
        CurrentStays: components["schemas"]["Moment"] & {
            stays: components["schemas"]["CurrentStay"][];
        };
        /** @description A stay without departure yet. */
        CurrentStay: {
            /** Format: date-time */
            arrived_at: string;
            bay_code?: string | null;
            /** Format: uuid */
            order_id: string;
            plate: string;
            /**
             * Format: int64
             * @description What the visit would cost if the vehicle left now; null while no tariff can price it.
             */
            running_fee_fen?: number | null;
            /** Format: uuid */
            stay_id: string;
        };
        /** @description By hour, then block. */
        UnmetDemand: components["schemas"]["Moment"] & {
            /**
             * Format: int64
             * @description Hours of a block with fewer searches are left out.
             */
            fewest: number;
            /** Format: date-time */
            from: string;
            hours: components["schemas"]["UnmetView"][];
            /** Format: date-time */
            to: string;
            /** @description How many were left out. */
            withheld: number;
        };
        /** @description Searches around a block within the hour that begins at `hour_at`. */
        UnmetView: {
            block: string;
            /** Format: date-time */
            hour_at: string;
            /** Format: int64 */
            searches: number;
            street: string;
        };
        Health: components["schemas"]["Moment"] & {
            /** @example ok */
            status: string;
        };
        /** @description TileJSON 3.0.0, and more. */
        MapLayout: {
            /** @description Number under which the map was approved (审图号); show it on the map. */
            approval_no?: string | null;
            /** @description HTML; empty if nobody has to be named. */
            attribution: string;
            /** @description West, south, east, north; null if there is nothing on the map. */
            bounds?: number[] | null;
            /** @description Longitude, latitude and zoom to begin with. */
            center?: number[] | null;
            /**
             * @description `wgs84` or `gcj02`: in which degrees everything is drawn.
             * @example wgs84
             */
            datum: string;
            /** @description Changes when anything of the map does. */
            layout_version: string;
            /**
             * Format: int32
             * @description Deeper zooms are enlarged from this one.
             */
            maxzoom: number;
            /** Format: int32 */
            minzoom: number;
            /** @example 3.0.0 */
            tilejson: string;
            /** @description Address of the tiles, with `{z}`, `{x}` and `{y}`. */
            tiles: string[];
            vector_layers: Record<string, never>[];
        };
        /** @description An error as clients read it. `code` is stable; `title` and `detail` are for people. */
        Problem: {
            /** @example nothing_due */
            code: string;
            detail: string;
            /** Format: int32 */
            status: number;
            title: string;
            /**
             * @description `urn:bowei:problem:` and the code.
             * @example urn:bowei:problem:nothing_due
             */
            type: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
