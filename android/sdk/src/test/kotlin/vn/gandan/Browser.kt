package vn.gandan

import java.net.URI
import java.net.URLEncoder
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import kotlin.test.assertEquals
import kotlin.test.assertTrue

/** The citizen at the system browser: follows redirects, reads the login form, fills it in. */
class Browser {
    private val http = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build()

    /** Opens [url], logs in, and returns the app's redirect. */
    fun signIn(url: String, redirectUri: String, idNumber: String, password: String): String {
        var answer = get(url)
        var loggedIn = false
        repeat(12) {
            val location = answer.headers().firstValue("location").orElse(null)
            if (location != null) {
                if (location.startsWith(redirectUri)) return location
                answer = get(location)
            } else {
                assertEquals(200, answer.statusCode(), "a page")
                assertTrue(!loggedIn, "the login was not accepted")
                loggedIn = true
                answer = fill(answer.body(), idNumber, password)
            }
        }
        error("too many redirects")
    }

    fun get(url: String): HttpResponse<String> = send(HttpRequest.newBuilder(URI(url)).GET().build())

    fun post(url: String, type: String, body: String): HttpResponse<String> = send(
        HttpRequest.newBuilder(URI(url)).header("content-type", type).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
    )

    private fun fill(page: String, idNumber: String, password: String): HttpResponse<String> {
        assertTrue("THỬ NGHIỆM" in page, "the page says that it is a trial")
        val form = page.substringAfter("<form").substringBefore("</form>")
        val action = attribute(form, "action")
        val request = attribute(form.substringAfter("name=\"request\""), "value")
        val fields = mapOf("request" to request, "id_number" to idNumber, "password" to password, "allow" to "1")
        val body = fields.entries.joinToString("&") { (name, value) -> "$name=${URLEncoder.encode(value, Charsets.UTF_8)}" }
        return post(action, "application/x-www-form-urlencoded", body)
    }

    private fun attribute(html: String, name: String): String =
        html.substringAfter("$name=\"").substringBefore('"').replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")

    private fun send(request: HttpRequest): HttpResponse<String> = http.send(request, HttpResponse.BodyHandlers.ofString())
}
