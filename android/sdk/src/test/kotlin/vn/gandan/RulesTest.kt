package vn.gandan

import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.file.Path
import kotlin.io.path.createTempFile
import kotlin.io.path.deleteIfExists
import kotlin.io.path.readLines
import kotlin.io.path.readText
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertTrue
import kotlin.test.fail

/**
 * The rules as the phone has them, through the generated Kotlin, and as the server has them, in its
 * own process: the same questions, and every answer compared letter by letter.
 */
class RulesTest {
    @Test
    fun `phone and server give every question the same answer`() {
        val divergences = divergences(questions, phone, server)
        divergences.firstOrNull()?.let { fail("${divergences.size} of ${questions.size} answers differ; the first:\n$it") }
        val kinds = questions.indices.groupBy { questions[it].substringBefore('\t') }
        for ((kind, asked) in kinds) {
            val refused = asked.filter { phone[it].startsWith("{\"error\"") }
            // Two refusals are equal whatever the rules say, so they must be few.
            assertTrue(refused.size * 50 <= asked.size, "${refused.size} $kind without an answer, e.g. ${refused.firstOrNull()?.let { questions[it] + phone[it] }}")
        }
        val counts = kinds.map { (kind, asked) -> "${asked.size} $kind (${asked.map { phone[it] }.distinct().size} different answers)" }
        println("the same on both sides: ${questions.size} questions, 0 divergences: ${counts.joinToString(", ")}")
        assertTrue(kinds.getValue("place").size >= 10_000 && kinds.getValue("due").size >= 5_000)
        assertTrue(kinds.getValue("search").size >= 1_000 && kinds.getValue("form").size >= 2_000)
        assertTrue("fee" in kinds)
    }

    /** Later by a minute, another province, one letter: a comparison that can't fail would show nothing. */
    @Test
    fun `a difference is found and said`() {
        val late = questions.indexOfFirst { it.startsWith("due\t5wd\t") || it.startsWith("due\t5d\t") || it.startsWith("due\t7wd\t") }
        val other = questions.toMutableList()
        other[late] = questions[late].substringBeforeLast('\t') + "\t2019-03-04T15:01"
        val planted = phone.toMutableList().also { it[late] = ask(rules, other[late]) }
        val found = divergences(questions, planted, server).single()
        assertEquals(late, found.at)
        assertContains(found.toString(), questions[late])
        assertContains(found.toString(), "2019-03")

        val cut = phone.toMutableList().also { it[0] = it[0].dropLast(1) }
        assertEquals(0, divergences(questions, cut, server).single().at)
        assertEquals(questions.lastIndex, divergences(questions, phone.dropLast(1), server).single().at)

        // Rules without the table of places are other rules.
        val placeless = open(places = null)
        val asked = questions.filter { it.startsWith("form\t") || it.startsWith("place\t") }.take(200)
        val without = asked.map { ask(placeless, it) }
        val with = asked.map { ask(rules, it) }
        assertTrue(divergences(asked, without, with).size > 100)
    }

    @Test
    fun `what the root does not vouch for is not used`() {
        val changed = content.copyOf().also { it[it.lastIndex - 1] = (it[it.lastIndex - 1] + 1).toByte() }
        assertFailsWith<GandanException> { open(content = changed) }
        assertFailsWith<GandanException> { open(places = places.copyOf(places.size - 1)) }
        assertFailsWith<GandanException> { open(keyset = "forged.key.set") }
    }

    /** What the phone says and the server does not, where they part. */
    private data class Divergence(val at: Int, val question: String, val phone: String?, val server: String?) {
        override fun toString(): String {
            val parts = phone.orEmpty().commonPrefixWith(server.orEmpty()).length
            val near = { answer: String? -> answer?.drop(maxOf(0, parts - 60))?.take(160) ?: "no answer" }
            return "question ${at + 1}: $question\nfrom letter $parts on\n  phone:  … ${near(phone)}\n  server: … ${near(server)}"
        }
    }

    private fun divergences(questions: List<String>, phone: List<String>, server: List<String>): List<Divergence> =
        (0 until maxOf(questions.size, phone.size, server.size))
            .filter { phone.getOrNull(it) != server.getOrNull(it) }
            .map { Divergence(it, questions.getOrElse(it) { "none" }, phone.getOrNull(it), server.getOrNull(it)) }

    private companion object {
        val backend: String = Phone.setting("BACKEND_URL")
        val content = served("/v1/content")
        val places = served("/v1/places")
        val rules = open()
        val questionsFile: Path = Path.of(Phone.setting("QUESTIONS"))
        val questions = questionsFile.readLines()
        val phone: List<String>
        val server: List<String>

        init {
            val answers = createTempFile("answers", ".jsonl")
            // At the same time: it has a processor of its own, or they take turns.
            val process = ProcessBuilder(Phone.setting("BACKEND"), "ask", "--config", Path.of(Phone.setting("DATA"), "gandan.toml").toString())
                .redirectInput(questionsFile.toFile())
                .redirectOutput(answers.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
            phone = questions.map { ask(rules, it) }
            assertEquals(0, process.waitFor())
            server = answers.readLines()
            answers.deleteIfExists()
        }

        fun open(content: ByteArray = this.content, places: ByteArray? = this.places, keyset: String = served("/v1/keys").decodeToString()): Rules =
            Rules.open(content, places, keyset, Path.of(Phone.setting("ROOT_KEY")).readText(), "vi")

        /** A line as the server reads it, said to the library as an app team would. */
        fun ask(rules: Rules, line: String): String {
            val parts = line.split('\t', limit = 6)
            return when (parts[0]) {
                "place" -> rules.place(parts[1], parts.getOrNull(2))
                "due" -> rules.due(parts[1], parts[2])
                "search" -> rules.search(parts[1])
                "form" -> rules.form(parts[1], parts[2], parts[3])
                "fee" -> rules.fee(parts[1], parts[2], parts[3].ifEmpty { null }, parts[4], parts[5])
                else -> error("no such question: $line")
            }
        }

        private fun served(path: String): ByteArray {
            val request = HttpRequest.newBuilder(URI(backend + path)).GET().build()
            val answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofByteArray())
            assertEquals(200, answer.statusCode(), path)
            return answer.body()
        }
    }
}
