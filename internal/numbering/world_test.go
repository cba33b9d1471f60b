package numbering_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"tollkeeper/internal/numbering"
)

// areaCodes are those of the North American plan outside the United States, as NANPA
// publishes them (https://www.nanpa.com/area-codes).
var areaCodes = map[string]string{
	"CA": "204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 403 416 418 428 431 437 438 450 468 474 506 514 519 548 579 581 584 587 " +
		"600 604 613 622 633 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 942",
	"AG": "268", "AI": "264", "AS": "684", "BB": "246", "BM": "441", "BS": "242", "DM": "767", "DO": "809 829 849", "GD": "473", "GU": "671",
	"JM": "658 876", "KN": "869", "KY": "345", "LC": "758", "MP": "670", "MS": "664", "PR": "787 939", "SX": "721", "TC": "649", "TT": "868",
	"VC": "784", "VG": "284", "VI": "340",
}

// unitedStates are the area codes of the states and the District of Columbia, likewise.
const unitedStates = "205 251 256 334 659 938 907 480 520 602 623 928 327 479 501 870 " + // AL AK AZ AR
	"209 213 279 310 323 341 350 357 369 408 415 424 442 510 530 559 562 619 626 628 650 657 661 669 707 714 738 747 760 805 818 820 831 837 840 858 " +
	"909 916 925 949 951 303 719 720 748 970 983 203 475 860 959 302 202 771 " + // CA CO CT DE DC
	"239 305 321 324 352 386 407 448 561 645 656 689 727 728 754 772 786 813 850 863 904 941 954 229 404 470 478 678 706 762 770 912 943 808 208 986 " + // FL GA HI ID
	"217 224 309 312 331 447 464 618 630 708 730 773 779 815 847 861 872 219 260 317 463 574 765 812 930 319 515 563 641 712 316 620 785 913 " + // IL IN IA KS
	"270 364 502 606 859 225 318 337 457 504 985 207 227 240 301 410 443 667 339 351 413 508 617 774 781 857 978 " + // KY LA ME MD MA
	"231 248 269 313 517 586 616 679 734 810 906 947 989 218 320 507 612 651 763 924 952 228 471 601 662 769 235 314 417 557 573 636 660 816 975 " + // MI MN MS MO
	"406 308 402 531 702 725 775 603 201 551 609 640 732 848 856 862 908 973 505 575 " + // MT NE NV NH NJ NM
	"212 315 329 332 347 363 516 518 585 607 624 631 646 680 716 718 838 845 914 917 929 934 252 336 472 704 743 828 910 919 980 984 701 " + // NY NC ND
	"216 220 234 283 326 330 380 419 436 440 513 567 614 740 937 405 539 572 580 918 458 503 541 971 " + // OH OK OR
	"215 223 267 272 412 445 484 570 582 610 717 724 814 835 878 401 803 821 839 843 854 864 605 423 615 629 729 731 865 901 931 " + // PA RI SC SD TN
	"210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 806 817 830 832 903 915 936 940 945 956 972 979 385 435 801 802 " + // TX UT VT
	"276 434 540 571 686 703 757 804 826 948 206 253 360 425 509 564 304 681 262 274 353 414 534 608 715 920 307" // VA WA WV WI WY

// personal are the codes for services that follow a person, of the whole plan.
const personal = "500 521 522 523 524 525 526 527 528 529 532 533 544 566 577 588"

func TestEveryAreaCode(t *testing.T) {
	t.Parallel()
	plan := newPlan(t, numbering.Options{})
	regionOf := map[string]string{}
	for region, codes := range areaCodes {
		for code := range strings.FieldsSeq(codes) {
			regionOf[code] = region
		}
	}
	for code := range strings.FieldsSeq(unitedStates) {
		regionOf[code] = "US"
	}
	services := map[string]numbering.Class{"700": numbering.Premium, "710": numbering.Ordinary, "900": numbering.Premium}
	for code := range strings.FieldsSeq("800 822 833 844 855 866 877 888") {
		services[code] = numbering.TollFree
	}
	for code := range strings.FieldsSeq(personal) {
		services[code] = numbering.Personal
	}
	for area := 200; area <= 999; area++ {
		code := strconv.Itoa(area)
		n, err := plan.Parse("+1" + code + "2345678")
		if err != nil {
			t.Fatalf("area code %s: %v", code, err)
		}
		class, service := services[code]
		want, known := regionOf[code]
		switch {
		case service && (n.Region != "US" || n.Class != class):
			t.Errorf("area code %s: %+v, want a service of class %s", code, n, class)
		case known && n.Region != want:
			t.Errorf("area code %s: %+v, want region %s", code, n, want)
		case !service && !known && n.Region != numbering.RegionUnknown:
			t.Errorf("area code %s: %+v, and no region is known to have it", code, n)
		}
		if n.Domestic != slices.Contains(numbering.DefaultDomesticRegions, n.Region) {
			t.Errorf("area code %s: %+v", code, n)
		}
		if payPerCall, _ := plan.Parse("+1" + code + "9761234"); payPerCall.Class == numbering.Ordinary && payPerCall.Region != numbering.RegionUnknown && code != "710" {
			t.Errorf("976 in area code %s: %+v", code, payPerCall)
		}
	}
}

// callingCodes are the country codes that ITU-T assigns (Operational Bulletin No. 1114,
// annex: List of Recommendation ITU-T E.164 assigned country codes), with their regions
// in ISO 3166-1. 001 are services of the whole world.
const callingCodes = `7 RU KZ,20 EG,27 ZA,30 GR,31 NL,32 BE,33 FR,34 ES,36 HU,39 IT VA,40 RO,41 CH,43 AT,44 GB GG IM JE,45 DK,46 SE,47 NO SJ,48 PL,49 DE,
51 PE,52 MX,53 CU,54 AR,55 BR,56 CL,57 CO,58 VE,60 MY,61 AU CC CX,62 ID,63 PH,64 NZ,65 SG,66 TH,81 JP,82 KR,84 VN,86 CN,90 TR,91 IN,92 PK,93 AF,94 LK,95 MM,
98 IR,211 SS,212 MA EH,213 DZ,216 TN,218 LY,220 GM,221 SN,222 MR,223 ML,224 GN,225 CI,226 BF,227 NE,228 TG,229 BJ,230 MU,231 LR,232 SL,233 GH,234 NG,235 TD,
236 CF,237 CM,238 CV,239 ST,240 GQ,241 GA,242 CG,243 CD,244 AO,245 GW,246 IO,247 AC,248 SC,249 SD,250 RW,251 ET,252 SO,253 DJ,254 KE,255 TZ,256 UG,257 BI,
258 MZ,260 ZM,261 MG,262 RE YT,263 ZW,264 NA,265 MW,266 LS,267 BW,268 SZ,269 KM,290 SH TA,291 ER,297 AW,298 FO,299 GL,350 GI,351 PT,352 LU,353 IE,354 IS,
355 AL,356 MT,357 CY,358 FI AX,359 BG,370 LT,371 LV,372 EE,373 MD,374 AM,375 BY,376 AD,377 MC,378 SM,380 UA,381 RS,382 ME,383 XK,385 HR,386 SI,387 BA,389 MK,
420 CZ,421 SK,423 LI,500 FK,501 BZ,502 GT,503 SV,504 HN,505 NI,506 CR,507 PA,508 PM,509 HT,590 GP BL MF,591 BO,592 GY,593 EC,594 GF,595 PY,596 MQ,597 SR,
598 UY,599 CW BQ,670 TL,672 NF,673 BN,674 NR,675 PG,676 TO,677 SB,678 VU,679 FJ,680 PW,681 WF,682 CK,683 NU,685 WS,686 KI,687 NC,688 TV,689 PF,690 TK,691 FM,
692 MH,800 001,808 001,850 KP,852 HK,853 MO,855 KH,856 LA,870 001,878 001,880 BD,881 001,882 001,883 001,886 TW,888 001,960 MV,961 LB,962 JO,963 SY,964 IQ,
965 KW,966 SA,967 YE,968 OM,970 PS,971 AE,972 IL,973 BH,974 QA,975 BT,976 MN,977 NP,979 001,992 TJ,993 TM,994 AZ,995 GE,996 KG,998 UZ`

// TestEveryCallingCode holds the library to the list, and the plan to it too: no number
// under another calling code than 1 is domestic, whatever its digits.
func TestEveryCallingCode(t *testing.T) {
	t.Parallel()
	plan := newPlan(t, numbering.Options{})
	random := rand.New(rand.NewPCG(5, 5))
	listed := map[int]bool{1: true}
	for line := range strings.SplitSeq(callingCodes, ",") {
		fields := strings.Fields(line)
		code, err := strconv.Atoi(fields[0])
		if err != nil {
			t.Fatal(err)
		}
		listed[code] = true
		library, regions := slices.Sorted(slices.Values(phonenumbers.GetRegionCodesForCountryCode(code))), slices.Sorted(slices.Values(fields[1:]))
		if !slices.Equal(library, regions) {
			t.Errorf("+%d: the library has %v, ITU-T %v", code, library, regions)
		}
		for range 500 {
			number := "+" + fields[0] + randomDigits(random, 6+random.IntN(7))
			n, err := plan.Parse(number)
			if err == nil && (n.Domestic || n.Region != numbering.RegionUnknown && !slices.Contains(regions, n.Region)) {
				t.Errorf("Parse(%s) = %+v, want one of %v", number, n, regions)
			}
		}
	}
	for code := 1; code <= 999; code++ {
		if library := phonenumbers.GetRegionCodesForCountryCode(code); len(library) > 0 && !listed[code] {
			t.Errorf("+%d: the library has %v, ITU-T nothing", code, library)
		}
	}
}
