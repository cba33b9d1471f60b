-- Ids are 12-byte ObjectIds, money is in micro-units, times are milliseconds
-- since 1970-01-01 UTC. Every table that grows begins its key with the customer.
-- Those that grow with calls are partitioned by id, and an id begins with the time of
-- its making: a month's rows and their indexes are a table of their own, so that what is
-- written is near what was just written, and what is deleted near what is deleted with
-- it. Store.PrepareMonths makes the months; what is in none goes to the rest.
-- Texts compare byte by byte, and an absent value comes before all others, as on the
-- embedded engine.

-- Whoever writes anything but calls holds this row, so that such writes take turns.
CREATE TABLE turn (id BIGINT PRIMARY KEY);
INSERT INTO turn VALUES (1);

-- Calls rewrite balances in place, and leave the indexes alone.
CREATE TABLE customers (
  id BYTEA PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  website_url TEXT COLLATE "C",
  logo TEXT COLLATE "C",
  admin_user_id BYTEA,
  billing_user_id BYTEA,
  call_recording_user_id BYTEA,
  support_user_id BYTEA,
  automatic_refill_amount BIGINT NOT NULL,
  low_balance_alert_amount BIGINT NOT NULL,
  international_calling BIGINT NOT NULL,
  created_by_ip TEXT COLLATE "C" NOT NULL,
  media_bypass BIGINT NOT NULL,
  account_lock BIGINT NOT NULL,
  call_recording BIGINT NOT NULL,
  cdr_retention BIGINT NOT NULL,
  cnam_look_ups BIGINT NOT NULL,
  hold_music BIGINT NOT NULL,
  transcribe_calls BIGINT,
  max_outbound_call_rate BIGINT NOT NULL,
  default_bill_method TEXT COLLATE "C" NOT NULL,
  created_by_user_id BYTEA,
  updated_by_user_id BYTEA,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  status_reason TEXT COLLATE "C" NOT NULL,
  rate_deck TEXT COLLATE "C" NOT NULL,
  limit_concurrent_calls BIGINT,
  limit_price_per_minute BIGINT,
  limit_daily_spend BIGINT,
  limit_unbilled BIGINT,
  limit_outbound_barred BIGINT,
  posted BIGINT NOT NULL,
  held BIGINT NOT NULL,
  accrued BIGINT NOT NULL,
  accrued_held BIGINT NOT NULL,
  live_calls BIGINT NOT NULL,
  spend_day BIGINT NOT NULL,
  spent BIGINT NOT NULL,
  rate_window BYTEA,
  alerts BIGINT NOT NULL, -- what the owner has been told of the balances
  last_entry BYTEA NOT NULL -- of the ledger
) WITH (fillfactor = 70);
CREATE INDEX customers_name ON customers (name NULLS FIRST);
CREATE INDEX customers_admin_user ON customers (admin_user_id NULLS FIRST) WHERE admin_user_id IS NOT NULL;
CREATE INDEX customers_billing_user ON customers (billing_user_id NULLS FIRST) WHERE billing_user_id IS NOT NULL;
CREATE INDEX customers_call_recording_user ON customers (call_recording_user_id NULLS FIRST) WHERE call_recording_user_id IS NOT NULL;
CREATE INDEX customers_support_user ON customers (support_user_id NULLS FIRST) WHERE support_user_id IS NOT NULL;
CREATE INDEX customers_rate_deck ON customers (rate_deck NULLS FIRST) WHERE rate_deck <> '';
CREATE INDEX customers_created_at ON customers (created_at NULLS FIRST);
CREATE INDEX customers_updated_at ON customers (updated_at NULLS FIRST);
CREATE INDEX customers_bill_method ON customers (default_bill_method NULLS FIRST);
CREATE INDEX customers_international_calling ON customers (international_calling NULLS FIRST);
CREATE INDEX customers_media_bypass ON customers (media_bypass NULLS FIRST);
CREATE INDEX customers_account_lock ON customers (account_lock NULLS FIRST);
CREATE INDEX customers_call_recording ON customers (call_recording NULLS FIRST);
CREATE INDEX customers_cnam_look_ups ON customers (cnam_look_ups NULLS FIRST);
CREATE INDEX customers_hold_music ON customers (hold_music NULLS FIRST);
CREATE INDEX customers_transcribe_calls ON customers (transcribe_calls NULLS FIRST);

-- How many customers have each value of a field with few values, so that the
-- total of a page never has to be counted.
CREATE TABLE customer_tallies (
  field TEXT COLLATE "C" NOT NULL,
  value TEXT COLLATE "C" NOT NULL,
  total BIGINT NOT NULL,
  PRIMARY KEY (field, value)
);

-- What customers are searched by, folded, with its index of trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE customers_search (
  id BYTEA PRIMARY KEY,
  text TEXT NOT NULL
);
CREATE INDEX customers_search_text ON customers_search USING gin (text gin_trgm_ops);

-- Whether a text contains another, whatever the case, by Unicode's simple folding:
-- every letter that is not of ASCII stands for the first of those that fold into it.
CREATE FUNCTION fold_contains(text TEXT, folded TEXT) RETURNS BOOLEAN LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN octet_length(text) = char_length(text) THEN strpos(lower(text COLLATE "C"), folded) > 0
ELSE strpos(translate(lower(text COLLATE "C"),
'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷŸźżžſƃƅƈƌƒƙơƣƥƨƭưƴƶƹƽǅǆǈǉǋǌǎǐǒǔǖǘǚǜǝǟǡǣǥǧǩǫǭǯǲǳǵǶǷǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟȠȣȥȧȩȫȭȯȱȳȼȽɂɃɇɉɋɍɏɓɔɖɗəɛɠɣɨɩɯɲɵʀʃʈʉʊʋʌʒͱͳͷΙΜάέήίαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώϐϑϕϖϗϙϛϝϟϡϣϥϧϩϫϭϯϰϱϳϴϵϸϹϻϽϾϿабвгдежзийклмнопрстуфхцчшщъыьэюяѐёђѓєѕіїјљњћќѝўџѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӂӄӆӈӊӌӎӏӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯաբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆᏸᏹᏺᏻᏼᏽᲀᲁᲂᲃᲄᲅᲆᲇᲐᲑᲒᲓᲔᲕᲖᲗᲘᲙᲚᲛᲜᲝᲞᲟᲠᲡᲢᲣᲤᲥᲦᲧᲨᲩᲪᲫᲬᲭᲮᲯᲰᲱᲲᲳᲴᲵᲶᲷᲸᲹᲺᲽᲾᲿḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕẛẞạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿἈἉἊἋἌἍἎἏἘἙἚἛἜἝἨἩἪἫἬἭἮἯἸἹἺἻἼἽἾἿὈὉὊὋὌὍὙὛὝὟὨὩὪὫὬὭὮὯᾈᾉᾊᾋᾌᾍᾎᾏᾘᾙᾚᾛᾜᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾸᾹᾺΆᾼιῈΈῊΉῌῘῙῚΊῨῩῪΎῬῸΌῺΏῼΩKÅⅎⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅺⅻⅼⅽⅾⅿↄⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩⰰⰱⰲⰳⰴⰵⰶⰷⰸⰹⰺⰻⰼⰽⰾⰿⱀⱁⱂⱃⱄⱅⱆⱇⱈⱉⱊⱋⱌⱍⱎⱏⱐⱑⱒⱓⱔⱕⱖⱗⱘⱙⱚⱛⱜⱝⱞⱟⱡⱢⱣⱤⱥⱦⱨⱪⱬⱭⱮⱯⱰⱳⱶⱾⱿⲁⲃⲅⲇⲉⲋⲍⲏⲑⲓⲕⲗⲙⲛⲝⲟⲡⲣⲥⲧⲩⲫⲭⲯⲱⲳⲵⲷⲹⲻⲽⲿⳁⳃⳅⳇⳉⳋⳍⳏⳑⳓⳕⳗⳙⳛⳝⳟⳡⳣⳬⳮⳳⴀⴁⴂⴃⴄⴅⴆⴇⴈⴉⴊⴋⴌⴍⴎⴏⴐⴑⴒⴓⴔⴕⴖⴗⴘⴙⴚⴛⴜⴝⴞⴟⴠⴡⴢⴣⴤⴥⴧⴭꙁꙃꙅꙇꙉꙊꙋꙍꙏꙑꙓꙕꙗꙙꙛꙝꙟꙡꙣꙥꙧꙩꙫꙭꚁꚃꚅꚇꚉꚋꚍꚏꚑꚓꚕꚗꚙꚛꜣꜥꜧꜩꜫꜭꜯꜳꜵꜷꜹꜻꜽꜿꝁꝃꝅꝇꝉꝋꝍꝏꝑꝓꝕꝗꝙꝛꝝꝟꝡꝣꝥꝧꝩꝫꝭꝯꝺꝼꝽꝿꞁꞃꞅꞇꞌꞍꞑꞓꞗꞙꞛꞝꞟꞡꞣꞥꞧꞩꞪꞫꞬꞭꞮꞰꞱꞲꞵꞷꞹꞻꞽꞿꟁꟃꟄꟅꟆꟈꟊꟑꟗꟙꟶꭓꭰꭱꭲꭳꭴꭵꭶꭷꭸꭹꭺꭻꭼꭽꭾꭿꮀꮁꮂꮃꮄꮅꮆꮇꮈꮉꮊꮋꮌꮍꮎꮏꮐꮑꮒꮓꮔꮕꮖꮗꮘꮙꮚꮛꮜꮝꮞꮟꮠꮡꮢꮣꮤꮥꮦꮧꮨꮩꮪꮫꮬꮭꮮꮯꮰꮱꮲꮳꮴꮵꮶꮷꮸꮹꮺꮻꮼꮽꮾꮿａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳𐐴𐐵𐐶𐐷𐐸𐐹𐐺𐐻𐐼𐐽𐐾𐐿𐑀𐑁𐑂𐑃𐑄𐑅𐑆𐑇𐑈𐑉𐑊𐑋𐑌𐑍𐑎𐑏𐓘𐓙𐓚𐓛𐓜𐓝𐓞𐓟𐓠𐓡𐓢𐓣𐓤𐓥𐓦𐓧𐓨𐓩𐓪𐓫𐓬𐓭𐓮𐓯𐓰𐓱𐓲𐓳𐓴𐓵𐓶𐓷𐓸𐓹𐓺𐓻𐖗𐖘𐖙𐖚𐖛𐖜𐖝𐖞𐖟𐖠𐖡𐖣𐖤𐖥𐖦𐖧𐖨𐖩𐖪𐖫𐖬𐖭𐖮𐖯𐖰𐖱𐖳𐖴𐖵𐖶𐖷𐖸𐖹𐖻𐖼𐳀𐳁𐳂𐳃𐳄𐳅𐳆𐳇𐳈𐳉𐳊𐳋𐳌𐳍𐳎𐳏𐳐𐳑𐳒𐳓𐳔𐳕𐳖𐳗𐳘𐳙𐳚𐳛𐳜𐳝𐳞𐳟𐳠𐳡𐳢𐳣𐳤𐳥𐳦𐳧𐳨𐳩𐳪𐳫𐳬𐳭𐳮𐳯𐳰𐳱𐳲𑣀𑣁𑣂𑣃𑣄𑣅𑣆𑣇𑣈𑣉𑣊𑣋𑣌𑣍𑣎𑣏𑣐𑣑𑣒𑣓𑣔𑣕𑣖𑣗𑣘𑣙𑣚𑣛𑣜𑣝𑣞𑣟𖹠𖹡𖹢𖹣𖹤𖹥𖹦𖹧𖹨𖹩𖹪𖹫𖹬𖹭𖹮𖹯𖹰𖹱𖹲𖹳𖹴𖹵𖹶𖹷𖹸𖹹𖹺𖹻𖹼𖹽𖹾𖹿𞤢𞤣𞤤𞤥𞤦𞤧𞤨𞤩𞤪𞤫𞤬𞤭𞤮𞤯𞤰𞤱𞤲𞤳𞤴𞤵𞤶𞤷𞤸𞤹𞤺𞤻𞤼𞤽𞤾𞤿𞥀𞥁𞥂𞥃',
'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶÿŹŻŽsƂƄƇƋƑƘƠƢƤƧƬƯƳƵƸƼǄǄǇǇǊǊǍǏǑǓǕǗǙǛƎǞǠǢǤǦǨǪǬǮǱǱǴƕƿǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞƞȢȤȦȨȪȬȮȰȲȻƚɁƀɆɈɊɌɎƁƆƉƊƏƐƓƔƗƖƜƝƟƦƩƮɄƱƲɅƷͰͲͶͅµΆΈΉΊΑΒΓΔΕΖΗΘͅΚΛµΝΞΟΠΡΣΣΤΥΦΧΨΩΪΫΌΎΏΒΘΦΠϏϘϚϜϞϠϢϤϦϨϪϬϮΚΡͿΘΕϷϲϺͻͼͽАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӁӃӅӇӉӋӍӀӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀՁՂՃՄՅՆՇՈՉՊՋՌՍՎՏՐՑՒՓՔՕՖᏰᏱᏲᏳᏴᏵВДОСТТЪѢაბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰჱჲჳჴჵჶჷჸჹჺჽჾჿḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔṠßẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾἀἁἂἃἄἅἆἇἐἑἒἓἔἕἠἡἢἣἤἥἦἧἰἱἲἳἴἵἶἷὀὁὂὃὄὅὑὓὕὗὠὡὢὣὤὥὦὧᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾰᾱὰάᾳͅὲέὴήῃῐῑὶίῠῡὺύῥὸόὼώῳΩkÅℲⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫⅬⅭⅮⅯↃⒶⒷⒸⒹⒺⒻⒼⒽⒾⒿⓀⓁⓂⓃⓄⓅⓆⓇⓈⓉⓊⓋⓌⓍⓎⓏⰀⰁⰂⰃⰄⰅⰆⰇⰈⰉⰊⰋⰌⰍⰎⰏⰐⰑⰒⰓⰔⰕⰖⰗⰘⰙⰚⰛⰜⰝⰞⰟⰠⰡⰢⰣⰤⰥⰦⰧⰨⰩⰪⰫⰬⰭⰮⰯⱠɫᵽɽȺȾⱧⱩⱫɑɱɐɒⱲⱵȿɀⲀⲂⲄⲆⲈⲊⲌⲎⲐⲒⲔⲖⲘⲚⲜⲞⲠⲢⲤⲦⲨⲪⲬⲮⲰⲲⲴⲶⲸⲺⲼⲾⳀⳂⳄⳆⳈⳊⳌⳎⳐⳒⳔⳖⳘⳚⳜⳞⳠⳢⳫⳭⳲႠႡႢႣႤႥႦႧႨႩႪႫႬႭႮႯႰႱႲႳႴႵႶႷႸႹႺႻႼႽႾႿჀჁჂჃჄჅჇჍꙀꙂꙄꙆꙈᲈᲈꙌꙎꙐꙒꙔꙖꙘꙚꙜꙞꙠꙢꙤꙦꙨꙪꙬꚀꚂꚄꚆꚈꚊꚌꚎꚐꚒꚔꚖꚘꚚꜢꜤꜦꜨꜪꜬꜮꜲꜴꜶꜸꜺꜼꜾꝀꝂꝄꝆꝈꝊꝌꝎꝐꝒꝔꝖꝘꝚꝜꝞꝠꝢꝤꝦꝨꝪꝬꝮꝹꝻᵹꝾꞀꞂꞄꞆꞋɥꞐꞒꞖꞘꞚꞜꞞꞠꞢꞤꞦꞨɦɜɡɬɪʞʇʝꞴꞶꞸꞺꞼꞾꟀꟂꞔʂᶎꟇꟉꟐꟖꟘꟵꞳᎠᎡᎢᎣᎤᎥᎦᎧᎨᎩᎪᎫᎬᎭᎮᎯᎰᎱᎲᎳᎴᎵᎶᎷᎸᎹᎺᎻᎼᎽᎾᎿᏀᏁᏂᏃᏄᏅᏆᏇᏈᏉᏊᏋᏌᏍᏎᏏᏐᏑᏒᏓᏔᏕᏖᏗᏘᏙᏚᏛᏜᏝᏞᏟᏠᏡᏢᏣᏤᏥᏦᏧᏨᏩᏪᏫᏬᏭᏮᏯＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ𐐀𐐁𐐂𐐃𐐄𐐅𐐆𐐇𐐈𐐉𐐊𐐋𐐌𐐍𐐎𐐏𐐐𐐑𐐒𐐓𐐔𐐕𐐖𐐗𐐘𐐙𐐚𐐛𐐜𐐝𐐞𐐟𐐠𐐡𐐢𐐣𐐤𐐥𐐦𐐧𐒰𐒱𐒲𐒳𐒴𐒵𐒶𐒷𐒸𐒹𐒺𐒻𐒼𐒽𐒾𐒿𐓀𐓁𐓂𐓃𐓄𐓅𐓆𐓇𐓈𐓉𐓊𐓋𐓌𐓍𐓎𐓏𐓐𐓑𐓒𐓓𐕰𐕱𐕲𐕳𐕴𐕵𐕶𐕷𐕸𐕹𐕺𐕼𐕽𐕾𐕿𐖀𐖁𐖂𐖃𐖄𐖅𐖆𐖇𐖈𐖉𐖊𐖌𐖍𐖎𐖏𐖐𐖑𐖒𐖔𐖕𐲀𐲁𐲂𐲃𐲄𐲅𐲆𐲇𐲈𐲉𐲊𐲋𐲌𐲍𐲎𐲏𐲐𐲑𐲒𐲓𐲔𐲕𐲖𐲗𐲘𐲙𐲚𐲛𐲜𐲝𐲞𐲟𐲠𐲡𐲢𐲣𐲤𐲥𐲦𐲧𐲨𐲩𐲪𐲫𐲬𐲭𐲮𐲯𐲰𐲱𐲲𑢠𑢡𑢢𑢣𑢤𑢥𑢦𑢧𑢨𑢩𑢪𑢫𑢬𑢭𑢮𑢯𑢰𑢱𑢲𑢳𑢴𑢵𑢶𑢷𑢸𑢹𑢺𑢻𑢼𑢽𑢾𑢿𖹀𖹁𖹂𖹃𖹄𖹅𖹆𖹇𖹈𖹉𖹊𖹋𖹌𖹍𖹎𖹏𖹐𖹑𖹒𖹓𖹔𖹕𖹖𖹗𖹘𖹙𖹚𖹛𖹜𖹝𖹞𖹟𞤀𞤁𞤂𞤃𞤄𞤅𞤆𞤇𞤈𞤉𞤊𞤋𞤌𞤍𞤎𞤏𞤐𞤑𞤒𞤓𞤔𞤕𞤖𞤗𞤘𞤙𞤚𞤛𞤜𞤝𞤞𞤟𞤠𞤡'), folded) > 0 END
$$;

CREATE TABLE users (
  id BYTEA PRIMARY KEY,
  email TEXT COLLATE "C" NOT NULL,
  email_key TEXT COLLATE "C" NOT NULL UNIQUE, -- folded: one person has one sign-in
  first TEXT COLLATE "C" NOT NULL,
  last TEXT COLLATE "C" NOT NULL,
  job_title TEXT COLLATE "C" NOT NULL,
  mobile_phone TEXT COLLATE "C" NOT NULL,
  business_phone TEXT COLLATE "C" NOT NULL,
  language TEXT COLLATE "C" NOT NULL,
  timezone TEXT COLLATE "C" NOT NULL,
  customer BYTEA,
  admin_permission TEXT COLLATE "C" NOT NULL,
  billing_permission TEXT COLLATE "C" NOT NULL,
  phone_permission TEXT COLLATE "C" NOT NULL,
  epoch BIGINT NOT NULL, -- rises when all of the user's sessions end
  password_hash TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX users_customer ON users (customer) WHERE customer IS NOT NULL;

-- Links that were mailed to set a new password.
CREATE TABLE password_resets (
  user_id BYTEA PRIMARY KEY,
  secret_hash BYTEA NOT NULL UNIQUE, -- SHA-256 of a random secret
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

-- Second factors for signing in (TOTP). The secret never leaves the server after it
-- was made.
CREATE TABLE second_factors (
  user_id BYTEA PRIMARY KEY,
  secret TEXT COLLATE "C" NOT NULL,
  confirmed BIGINT NOT NULL,
  last_step BIGINT NOT NULL, -- of the newest code used; none counts twice
  wrong BIGINT NOT NULL, -- codes in a row
  wrong_at BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
  user_id BYTEA NOT NULL,
  hash BYTEA NOT NULL, -- SHA-256 of 80 random bits
  PRIMARY KEY (user_id, hash)
);

CREATE TABLE tokens (
  id BYTEA PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  user_id BYTEA,
  customer BYTEA,
  networks TEXT COLLATE "C" NOT NULL, -- separated by spaces
  active BIGINT NOT NULL,
  secret_hash BYTEA NOT NULL UNIQUE, -- SHA-256 of a random secret
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL -- 0: never
);
CREATE INDEX tokens_user ON tokens (user_id);

-- Public keys that prove sessions. The private ones never leave their nodes.
CREATE TABLE session_keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  public_key BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT NOT NULL -- 0: in use
);

-- The networks that tokens were used from.
CREATE TABLE token_places (
  token BYTEA NOT NULL,
  network TEXT COLLATE "C" NOT NULL,
  id BYTEA NOT NULL, -- rises, so that the oldest can be told
  PRIMARY KEY (token, network)
);

-- The ledger: append-only.
CREATE TABLE transfers (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  kind BIGINT NOT NULL,
  debit BIGINT NOT NULL,
  credit BIGINT NOT NULL,
  amount BIGINT NOT NULL CHECK (amount >= 0),
  released BIGINT NOT NULL CHECK (released >= 0),
  posted_after BIGINT NOT NULL,
  held_after BIGINT NOT NULL,
  call BYTEA,
  key TEXT COLLATE "C",
  reason TEXT COLLATE "C",
  actor TEXT COLLATE "C",
  created_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
) PARTITION BY RANGE (id);
CREATE TABLE transfers_rest PARTITION OF transfers DEFAULT;
-- A key is used once: whoever writes one looks for it first, and holds the turn.
CREATE INDEX transfers_key ON transfers (customer, key) WHERE key IS NOT NULL;

-- Calls in progress.
CREATE TABLE calls (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  call_id TEXT COLLATE "C" NOT NULL,
  leg TEXT COLLATE "C" NOT NULL,
  direction BIGINT NOT NULL,
  from_number TEXT COLLATE "C" NOT NULL,
  to_number TEXT COLLATE "C" NOT NULL,
  flags BIGINT NOT NULL,
  bypass_reason BIGINT NOT NULL,
  hold_music TEXT COLLATE "C" NOT NULL,
  bill_method BIGINT NOT NULL,
  prefix TEXT COLLATE "C" NOT NULL,
  destination TEXT COLLATE "C" NOT NULL,
  price_per_minute BIGINT NOT NULL,
  connect_fee BIGINT NOT NULL,
  minimum_seconds BIGINT NOT NULL,
  increment_seconds BIGINT NOT NULL,
  deck TEXT COLLATE "C" NOT NULL,
  deck_version BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL, -- 0: not answered
  first_grant BIGINT NOT NULL,
  granted BIGINT NOT NULL,
  slice BIGINT NOT NULL,
  extends BIGINT NOT NULL,
  used_millis BIGINT NOT NULL,
  held BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (call_id, leg)
) WITH (fillfactor = 50);
CREATE INDEX calls_customer ON calls (customer);
CREATE INDEX calls_expires_at ON calls (expires_at);

-- Call detail records: written once, with the charge.
CREATE TABLE cdrs (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  call_id TEXT COLLATE "C" NOT NULL,
  leg TEXT COLLATE "C" NOT NULL,
  direction BIGINT NOT NULL,
  from_number TEXT COLLATE "C" NOT NULL,
  to_number TEXT COLLATE "C" NOT NULL,
  flags BIGINT NOT NULL,
  bypass_reason BIGINT NOT NULL,
  hold_music TEXT COLLATE "C" NOT NULL,
  bill_method BIGINT NOT NULL,
  prefix TEXT COLLATE "C" NOT NULL,
  destination TEXT COLLATE "C" NOT NULL,
  price_per_minute BIGINT NOT NULL,
  connect_fee BIGINT NOT NULL,
  minimum_seconds BIGINT NOT NULL,
  increment_seconds BIGINT NOT NULL,
  deck TEXT COLLATE "C" NOT NULL,
  deck_version BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  answered_at BIGINT NOT NULL,
  first_grant BIGINT NOT NULL,
  granted BIGINT NOT NULL,
  ended_at BIGINT NOT NULL,
  duration_millis BIGINT NOT NULL,
  billed_seconds BIGINT NOT NULL,
  charge BIGINT NOT NULL,
  cause TEXT COLLATE "C" NOT NULL,
  corrects BYTEA,
  PRIMARY KEY (customer, id)
) PARTITION BY RANGE (id);
CREATE TABLE cdrs_rest PARTITION OF cdrs DEFAULT;
CREATE INDEX cdrs_id ON cdrs (id);
CREATE INDEX cdrs_call ON cdrs (call_id, leg, id);

-- Rate decks: a version is one immutable compiled deck, kept in chunks.
CREATE TABLE deck_versions (
  deck TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  content BYTEA NOT NULL, -- names its chunks; versions of the same rates share them
  rollback_of BIGINT NOT NULL, -- the version whose rates it brought back; 0: none
  rates BIGINT NOT NULL,
  effective_from BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (deck, version)
);
CREATE TABLE deck_chunks (
  content BYTEA NOT NULL,
  chunk BIGINT NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (content, chunk)
);
CREATE TABLE deck_generation (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  generation BIGINT NOT NULL
);
INSERT INTO deck_generation VALUES (1, 0);

-- The audit trail: append-only. Every writer of the database seals its entries in
-- a chain of its own; an entry's hash covers it and the hash of the one before.
CREATE TABLE audit (
  id BYTEA PRIMARY KEY,
  customer BYTEA,
  subject TEXT COLLATE "C" NOT NULL,
  action TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  user_agent TEXT COLLATE "C" NOT NULL,
  changes TEXT COLLATE "C" NOT NULL, -- JSON
  created_at BIGINT NOT NULL,
  chain BYTEA NOT NULL,
  sequence BIGINT NOT NULL,
  previous BYTEA NOT NULL,
  hash BYTEA NOT NULL
);
CREATE INDEX audit_customer ON audit (customer, id);
CREATE TABLE audit_chains (
  chain BYTEA PRIMARY KEY,
  sequence BIGINT NOT NULL, -- of its newest entry
  hash BYTEA NOT NULL, -- likewise
  linked BIGINT NOT NULL -- up to where other chains name it
);

-- What customers and the carrier may want to react to, written with what it tells of.
CREATE TABLE events (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  type TEXT COLLATE "C" NOT NULL,
  data TEXT COLLATE "C" NOT NULL, -- JSON
  created_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX events_id ON events (id);

-- Letters to people, written with what causes them and sent afterwards.
CREATE TABLE mails (
  id BYTEA PRIMARY KEY,
  customer BYTEA,
  user_id BYTEA,
  address TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  text TEXT COLLATE "C" NOT NULL, -- with [hidden] for the secret
  secret TEXT COLLATE "C" NOT NULL, -- '': none, or the mail is done with
  state TEXT COLLATE "C" NOT NULL,
  attempts BIGINT NOT NULL,
  error TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL, -- 0: never
  next_at BIGINT NOT NULL, -- 0: done with
  claimed_until BIGINT NOT NULL, -- somebody is sending it; 0: nobody
  sent_at BIGINT NOT NULL -- 0: not sent
);
CREATE INDEX mails_due ON mails (next_at) WHERE state = 'queued';

-- Who runs a job, so that of many nodes one does.
CREATE TABLE leases (
  job TEXT COLLATE "C" PRIMARY KEY,
  holder TEXT COLLATE "C" NOT NULL,
  until BIGINT NOT NULL
);

-- Answers to writes that carried an Idempotency-Key.
CREATE TABLE idempotency (
  principal TEXT COLLATE "C" NOT NULL,
  key TEXT COLLATE "C" NOT NULL,
  request_hash BYTEA NOT NULL,
  status BIGINT NOT NULL,
  etag TEXT COLLATE "C" NOT NULL,
  body BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
