package vn.gandan

import java.awt.image.BufferedImage
import java.io.ByteArrayOutputStream
import java.nio.file.Path
import java.time.LocalDate
import java.time.ZoneId
import javax.imageio.ImageIO
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertTrue
import kotlin.test.fail

/** The main job, through the generated Kotlin, against a running stack. */
class BirthTest {
    private val browser = Browser()
    private val dir = Path.of(Phone.setting("PHONE"))
    private val desk = Phone.setting("SANDBOX_URL") + "/one-stop/api/dossiers"

    /** What a mother would say; asked by field. */
    private val answers = mapOf(
        "case" to "ordinary",
        "father_known" to "yes",
        "child.full_name" to "Vừ Thị Pà",
        "child.birth_date" to LocalDate.now(ZoneId.of("Asia/Ho_Chi_Minh")).withDayOfMonth(1).minusDays(1).toString(),
        "child.sex" to "female",
        "child.birth_place" to "Trạm y tế xã Lũng Cú",
        "child.ethnicity" to "Mông",
        "child.nationality" to "Việt Nam",
        "child.home_town" to "Xã Lũng Cú, tỉnh Tuyên Quang",
        "mother.full_name" to "Giàng Thị Sáo",
        "mother.id_number" to Phone.MOTHER,
        "mother.birth_date" to "1996-09-21",
        "mother.ethnicity" to "Mông",
        "mother.nationality" to "Việt Nam",
        "mother.residence" to "Thôn Thử Nghiệm, xã Lũng Cú",
        "father.full_name" to "Vừ Mí Khèn",
        "father.id_number" to "099094000004",
        "father.birth_date" to "1994-12-05",
        "father.ethnicity" to "Mông",
        "father.nationality" to "Việt Nam",
        "father.residence" to "Thôn Thử Nghiệm, xã Lũng Cú",
        "requester.full_name" to "Giàng Thị Sáo",
        "requester.id_number" to Phone.MOTHER,
        "requester.relation" to "mother",
        "requester.phone" to "0912345678",
        "office.commune" to "00715@2025-07-01",
        "certificate.number" to "TN-99-000017",
    )

    @Test
    fun `a birth is registered from phone to desk and back`() {
        val code = Phone(dir, browser).use(::file)
        // Another process would find the same: the phone is opened again from its directory.
        Phone(dir, browser).use { phone -> follow(phone, code) }
    }

    /** From the first screen to the verified receipt; returns the dossier's code. */
    private fun file(phone: Phone): String {
        repeat(60) {
            val screen = phone.screen
            when {
                screen.id == "language" -> phone.act("lang/vi")
                screen.id == "home" -> phone.act("search")
                screen.id == "search" -> search(phone)
                screen.id == "procedure" -> phone.act("start")
                screen.id == "link" -> phone.act("link")
                screen.id == "linking" -> phone.await("the session") { it.id != "linking" }
                screen.id.startsWith("form/") -> fill(phone, screen)
                screen.id == "review" -> phone.act("submit")
                screen.id == "sending" -> phone.await("the receipt") { it.id != "sending" }
                screen.id == "sent" -> return codeOn(screen)
                else -> fail("no way on from ${screen.id}: ${Phone.words(screen)}")
            }
        }
        fail("still on ${phone.screen.id}: ${Phone.words(phone.screen)}")
    }

    private fun search(phone: Phone) {
        val field = phone.screen.blocks.first { it.kind is BlockKind.TextField }
        phone.type(field.key, "dang ky khai sinh")
        phone.open { "1.001193" in it.id }
    }

    /** Answers what the page asks and does not know yet; conditions may show more, so page by page. */
    private fun fill(phone: Phone, before: Screen) {
        for (key in before.blocks.map { it.key }) {
            // The block as it is now: an answer before may have hidden or changed it.
            val block = phone.screen.blocks.find { it.key == key } ?: continue
            when (val kind = block.kind) {
                is BlockKind.TextField -> if (kind.v1.value.isEmpty() && !kind.v1.readOnly) answers[key]?.let { phone.type(key, it) }
                is BlockKind.DateField -> if (kind.v1.value.isEmpty() && !kind.v1.readOnly) answers[key]?.let { phone.type(key, it) }
                is BlockKind.Choice -> if (kind.v1.options.none { it.chosen }) answers[key]?.let { phone.choose(key, it) }
                is BlockKind.File -> if (kind.v1.added == null && kind.v1.required) phone.add(key, photo())
                else -> {}
            }
        }
        val at = phone.screen
        phone.act("next")
        val now = phone.screen
        val errors = now.blocks.any { block ->
            when (val kind = block.kind) {
                is BlockKind.TextField -> kind.v1.error != null
                is BlockKind.DateField -> kind.v1.error != null
                is BlockKind.Choice -> kind.v1.error != null
                is BlockKind.File -> kind.v1.error != null
                else -> false
            }
        }
        assertTrue(now.id != at.id || !errors, "the page ${at.id} was not accepted: ${Phone.words(now)}")
    }

    private fun follow(phone: Phone, code: String) {
        assertContains(browser.get(desk).body(), "\"code\":\"$code\"")
        for (act in listOf("accept", "finish")) {
            val answer = browser.post("$desk/$code/$act", "application/json", "")
            assertEquals(200, answer.statusCode(), answer.body())
        }
        phone.act("dossiers")
        phone.open { true }
        val done = phone.awaitNews("the result") { screen -> screen.actions.any { it.id.startsWith("result/") && it.enabled } }
        assertContains(Phone.words(done), code)
        phone.act(done.actions.first { it.id.startsWith("result/") }.id)
        phone.awaitNews("the result's file") { offered(it, "open-document") }
        phone.act("open-document")
        val document = assertNotNull(phone.document)
        assertEquals("%PDF-", document.copyOf(5).decodeToString())
    }

    private fun codeOn(screen: Screen): String {
        val codes = screen.blocks.mapNotNull { (it.kind as? BlockKind.Code)?.code }
        return Phone.shown(codes.single())
    }

    private fun offered(screen: Screen, action: String) = screen.actions.any { it.id == action && it.enabled }

    private fun photo(): ByteArray {
        val image = BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB)
        return ByteArrayOutputStream().also { assertTrue(ImageIO.write(image, "jpg", it)) }.toByteArray()
    }
}
